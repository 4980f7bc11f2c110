using PSTransfer.Core.Files;
using PSTransfer.Core.Weights.KerasH5;
using PSTransfer.Core.Weights.KerasZip;
using PSTransfer.Core.Weights.PyTorch;
using PSTransfer.Core.Weights.Safetensors;
using PSTransfer.Core.Weights.TensorFlowJs;

namespace PSTransfer.Core.Weights;

/// <summary>Opens a weight file with the reader of its format.</summary>
internal static class WeightFiles
{
    // What Hugging Face's hub and PyTorch call the weights in a model's folder.
    private static readonly string[] Usual =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json", "model.weights.h5", "tf_model.h5", "model.keras", "model.pth", "model.pt"];

    /// <summary>Opens a file; its first bytes say what it is, whatever its name, unless the format is given.</summary>
    /// <exception cref="PSTransferException">It can't be read, is damaged or of another format.</exception>
    public static IWeightFile Open(string path, WeightFormat format)
    {
        if (format == WeightFormat.Auto)
        {
            (path, var start) = Inside(path);
            if (IsJson(start) && ShardedFile.Looks(path))
            {
                return ShardedFile.Open(path);
            }

            format = Detect(path, start);
        }

        return Open(format, path);
    }

    /// <summary>Opens one of several files that an index names; an index isn't followed further.</summary>
    /// <exception cref="PSTransferException">As above.</exception>
    public static IWeightFile OpenShard(string path) => Open(Detect(path, FileSignature.Read(path)), path);

    private static IWeightFile Open(WeightFormat format, string path) => format switch
    {
        WeightFormat.KerasH5 => KerasFile.Open(path),
        WeightFormat.Keras => KerasZipFile.Open(path),
        WeightFormat.TensorFlowJs => TensorFlowJsFile.Open(path),
        WeightFormat.PyTorch => PyTorchFile.Open(path),
        _ => SafetensorsFile.Open(path),
    };

    /// <summary>The first bytes of a file, and its path. Of a folder that isn't TensorFlow.js' the error says which file in it to give.</summary>
    private static (string Path, byte[] Start) Inside(string path)
    {
        if (!Directory.Exists(path) || TensorFlowJsFile.Looks(path))
        {
            return (path, Directory.Exists(path) ? [] : FileSignature.Read(path));
        }

        var weights = Usual.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists);
        throw new PSTransferException(
            weights is null && !File.Exists(Path.Combine(path, "saved_model.pb")) ? FaultKind.NotFound : FaultKind.InvalidData,
            weights is not null ? $"{path}: expected a file, found a folder; give the file in it: {weights}"
                : File.Exists(Path.Combine(path, "saved_model.pb")) ? $"{path}: a TensorFlow SavedModel, a program without Keras' layers. Save the Keras model that it was made from as .keras or .weights.h5 and give that file."
                : $"{path}: expected a file, or a folder with a TensorFlow.js model.json; found a folder without one.",
            path);
    }

    private static WeightFormat Detect(string path, byte[] start) => start switch
    {
        _ when Directory.Exists(path) => WeightFormat.TensorFlowJs,
        _ when FileSignature.IsHdf5(start) => WeightFormat.KerasH5,
        _ when FileSignature.IsZip(start) => KerasZipFile.Looks(path) ? WeightFormat.Keras : WeightFormat.PyTorch,
        _ when FileSignature.IsLegacyPyTorch(start) => WeightFormat.PyTorch,
        _ when IsJson(start) => WeightFormat.TensorFlowJs,
        _ when FileSignature.IsSafetensors(start) => WeightFormat.Safetensors,
        _ when ForeignFile.Find(path, start) is { } what => throw new PSTransferException(FaultKind.InvalidData, $"{path}: this is {what}", path),
        _ => WeightFormat.Safetensors,
    };

    // A safetensors file, too, may begin with a brace: as the lowest byte of its header's length, with zeros behind it.
    private static bool IsJson(byte[] start) => !start.Contains((byte)0) && start.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
}
