namespace PSTransfer.Core.Tests.Weights;

/// <summary>Files that hold no weights that can be read are called what they are, by their content, with what to do.</summary>
public sealed class ForeignFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.bin", "\u0008\u0008\u0012\u0007pytorch\u001a\u00052.1.0:", "an ONNX model")]
    [InlineData("a.onnx", "\u0008\u0007:\u0080\u0001", "an ONNX model")]
    [InlineData("a.h5", "\u001c\0\0\0TFL3\u0014\0", "a TensorFlow Lite model")]
    [InlineData("saved_model.pb", "\u0008\u0001\u0012\u00f0\u0080\u0003\u000a\u0020", "a TensorFlow SavedModel")]
    [InlineData("frozen.pb", "\u000a\u0027\u000a\u0005input\u0012\u000bPlaceholder", "a frozen TensorFlow graph")]
    [InlineData("a.mlmodel", "\u0008\u0004\u0012\u00f1\u0002\u000a\u0021", "a Core ML model")]
    [InlineData("a.safetensors", "GGUF\u0003\0\0\0", "a GGUF file")]
    [InlineData("a.pth", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 102530333\n", "a Git LFS pointer")]
    [InlineData("a.pth", "\u00ef\u00bb\u00bf\n<!DOCTYPE html><html>", "a web page")]
    [InlineData("a.pth", "<HTML><HEAD><title>404", "a web page")]
    [InlineData("a.xml", "<?xml version=\"1.0\"?><net", "an XML file")]
    [InlineData("a.tar.gz", "\u001f\u008b\u0008\0\0\0\0\0", "a packed archive")]
    [InlineData("a.npy", "\u0093NUMPY\u0001\0v\0{'descr'", "one NumPy array")]
    [InlineData("a.pth", "Access denied\u0020", "text: 'Access denied '")]
    public void EachIsNamed(string name, string content, string what)
    {
        var path = _folder.File(name, Encoding.Latin1.GetBytes(content));
        var error = Assert.Throws<PSTransferException>(() => WeightFiles.Open(path, WeightFormat.Auto).Dispose());
        Assert.StartsWith($"{path}: this is {what}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderSaysWhichFileToGive()
    {
        var path = _folder.File("pytorch_model.bin", [1]);
        var error = Assert.Throws<PSTransferException>(() => WeightFiles.Open(_folder.Path, WeightFormat.Auto).Dispose());
        Assert.EndsWith($"found a folder; give the file in it: {path}", error.Message, StringComparison.Ordinal);
        File.Delete(path);
        _folder.File("saved_model.pb", [1]);
        Assert.Contains(
            "a TensorFlow SavedModel",
            Assert.Throws<PSTransferException>(() => WeightFiles.Open(_folder.Path, WeightFormat.Auto).Dispose()).Message,
            StringComparison.Ordinal);
    }

    public static bool IsUnix => !OperatingSystem.IsWindows();

    [Fact(Skip = "Windows keeps pipes outside its file systems.", SkipUnless = nameof(IsUnix))]
    public void ADeviceIsRefusedInsteadOfRead()
    {
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            var error = Assert.Throws<PSTransferException>(() => WeightFiles.Open("/dev/zero", format).Dispose());
            Assert.StartsWith("/dev/zero: expected a regular file, found a device", error.Message, StringComparison.Ordinal);
        }
    }
}
