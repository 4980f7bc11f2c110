using PSTransfer.Core.Tests.Weights.PyTorch;

namespace PSTransfer.Core.Tests.Files;

/// <summary>Formats are told apart by their first bytes.</summary>
public class FileSignatureTests
{
    [Theory]
    [InlineData("zip.pth", true, false)]
    [InlineData("legacy.pth", false, true)]
    [InlineData("legacy-protocol5.pth", false, true)]
    [InlineData("system.pkl", false, false)]
    public void PyTorchsFormatsAreKnown(string file, bool zip, bool legacy)
    {
        var start = File.ReadAllBytes(SmallPyTorch.File(file)).AsSpan(0, FileSignature.Length);
        Assert.Equal(zip, FileSignature.IsZip(start));
        Assert.Equal(legacy, FileSignature.IsLegacyPyTorch(start));
    }

    [Fact]
    public void ASafetensorsHeaderOf640BytesIsNoPickle() =>
        Assert.False(FileSignature.IsLegacyPyTorch([0x80, 2, 0, 0, 0, 0, 0, 0, (byte)'{']));
}
