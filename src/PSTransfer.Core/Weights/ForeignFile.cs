using System.Buffers;
using System.Text;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights;

/// <summary>Recognises, by their content, files of network formats that can't be read here, and says what to do instead.</summary>
internal static class ForeignFile
{
    private const string KerasRemedy = "Save the Keras model that it was made from as .keras or .weights.h5 and give that file";
    private const string TorchRemedy = "Give the PyTorch weights that it was exported from: torch.save(model.state_dict(), 'weights.pth')";

    private static readonly SearchValues<byte> Letters =
        SearchValues.Create([(byte)'\t', (byte)'\r', (byte)'\n', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (byte)letter)]);

    /// <summary>Says what a file is and what to do, such as "a TensorFlow Lite model. Save ..."; null for all other files.</summary>
    /// <param name="path">The file. Its name decides only between formats that begin alike.</param>
    /// <param name="start">The file's first bytes.</param>
    public static string? Find(string path, ReadOnlySpan<byte> start)
    {
        var (what, remedy) = start switch
        {
            _ when start.Length >= 8 && start[4..8].SequenceEqual("TFL3"u8)
                => ("a TensorFlow Lite model (.tflite), whose layers are fused and often quantised", KerasRemedy),
            _ when start.StartsWith("GGUF"u8)
                => ("a GGUF file of a language model",
                    "Image networks aren't kept in this format: give a .safetensors, .pth or Keras file"),
            _ when start.StartsWith("ptrt"u8) || start.StartsWith("ftrt"u8)
                => ("a TensorRT engine, which is made for one graphics card", TorchRemedy),
            _ when start.StartsWith("version https://git-lfs"u8)
                => ("a Git LFS pointer, not the file itself", "Run git lfs pull in its folder, or download the file itself"),
            _ when IsPage(start)
                => ("a web page, not weights",
                    "The download went wrong, or needs a sign-in: open the address in a browser and look at what it says"),
            _ when start.StartsWith("<?xml"u8) => ("an XML file (OpenVINO's .xml has no weights)", TorchRemedy),
            _ when start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || start.StartsWith("BZh"u8)
                || start.StartsWith((ReadOnlySpan<byte>)[0xFD, .. "7zXZ"u8])
                || start.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF]) || start.StartsWith("Rar!"u8)
                => ("a packed archive", "Unpack it and give the weight file inside"),
            _ when start.StartsWith((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8])
                => ("one NumPy array (.npy)", "Give a file with all of a network's tensors and their names: .safetensors, .pth or Keras'"),
            _ when start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || start.StartsWith((ReadOnlySpan<byte>)[0x89, .. "PNG"u8])
                => ("a picture", "Give the file of the weights"),
            _ when IsText(start) && start.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..]
                => ($"text: '{Printable.Text(Encoding.ASCII.GetString(start[..Math.Min(start.Length, 40)]))}'",
                    "Give the file of the weights itself"),
            _ => Protobuf(path, start),
        };
        return what is null ? null : $"{what}. {remedy}.";
    }

    private static bool IsPage(ReadOnlySpan<byte> start)
    {
        var text = Encoding.ASCII.GetString(start.TrimStart((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF, .. " \t\r\n"u8]));
        return text.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<head", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<!--", StringComparison.Ordinal);
    }

    private static bool IsText(ReadOnlySpan<byte> start) => start.Length > 0 && !start.ContainsAnyExcept(Letters);

    /// <summary>
    /// Recognises files in the format of protocol buffers, which have no signature. Three formats begin with a version (field 1) and field
    /// 2. In ONNX field 2 is the name of a program; in a SavedModel and in Core ML it is a message. A frozen graph begins with its first
    /// node, whose first field is a name.
    /// </summary>
    private static (string? What, string Remedy) Protobuf(string path, ReadOnlySpan<byte> start)
    {
        var extension = Path.GetExtension(path).ToLowerInvariant();
        return start switch
        {
            [0x08, >= 1 and < 32, 0x12, > 0 and < 128, >= (byte)'A' and <= (byte)'z', ..] => Onnx,
            [0x08, >= 1 and < 32, 0x12 or 0x1A or 0x2A or 0x3A or 0x42, ..] when extension == ".onnx" => Onnx,
            [0x08, 1, 0x12, ..] when extension is not ".mlmodel"
                => ("a TensorFlow SavedModel (saved_model.pb), a program without Keras' layers", KerasRemedy),
            [0x08, >= 1 and < 32, 0x12, ..] => ("a Core ML model (.mlmodel)", TorchRemedy),
            [0x0A, _, 0x0A, ..] or [0x0A, >= 0x80, _, 0x0A, ..] when extension is not ".safetensors"
                => ("a frozen TensorFlow graph (.pb), a program without Keras' layers", KerasRemedy),
            _ => (null, string.Empty),
        };
    }

    private static (string? What, string Remedy) Onnx => ("an ONNX model, which is a network of its own, not weights for another",
        "Read it as one: New-Backbone with the file's path, which must end in .onnx, in the place of a name");
}
