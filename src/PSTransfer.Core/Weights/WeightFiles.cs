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
    // The usual names of weight files in a model's folder, as Hugging Face's hub and PyTorch have them.
    private static readonly string[] Usual =
        [
            "model.safetensors",
            "model.safetensors.index.json",
            "pytorch_model.bin",
            "pytorch_model.bin.index.json",
            "model.weights.h5",
            "tf_model.h5",
            "model.keras",
            "model.pth",
            "model.pt",
        ];

    /// <summary>Opens a file. Unless the format is given, the first bytes decide the format, regardless of the name.</summary>
    /// <exception cref="PSTransferException">The file can't be read, is damaged or has another format.</exception>
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

    /// <summary>Opens one of several files that an index names. Another index isn't followed.</summary>
    /// <exception cref="PSTransferException">The faults of <see cref="Open"/>.</exception>
    public static IWeightFile OpenShard(string path) => Open(Detect(path, FileSignature.Read(path)), path);

    private static IWeightFile Open(WeightFormat format, string path) => format switch
    {
        WeightFormat.KerasH5 => KerasFile.Open(path),
        WeightFormat.Keras => KerasZipFile.Open(path),
        WeightFormat.TensorFlowJs => TensorFlowJsFile.Open(path),
        WeightFormat.PyTorch => PyTorchFile.Open(path),
        _ => SafetensorsFile.Open(path),
    };

    /// <summary>
    /// Returns the path and the first bytes of a file. For a folder other than TensorFlow.js', the error says which file in it to give.
    /// </summary>
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
                : File.Exists(Path.Combine(path, "saved_model.pb"))
                    ? $"{path}: a TensorFlow SavedModel, a program without Keras' layers. "
                        + "Save the Keras model that it was made from as .keras or .weights.h5 and give that file."
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
        _ when ForeignFile.Find(path, start) is { } what =>
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: this is {what}", path),
        _ => WeightFormat.Safetensors,
    };

    // A safetensors file may also begin with a brace: as the lowest byte of its header's length, with zeros behind it.
    private static bool IsJson(byte[] start) => !start.Contains((byte)0) && start.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
}
