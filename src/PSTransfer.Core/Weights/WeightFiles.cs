using PSTransfer.Core.Weights.KerasH5;
using PSTransfer.Core.Weights.KerasZip;
using PSTransfer.Core.Weights.PyTorch;
using PSTransfer.Core.Weights.Safetensors;
using PSTransfer.Core.Weights.TensorFlowJs;

namespace PSTransfer.Core.Weights;

/// <summary>Opens a weight file with the reader of its format.</summary>
internal static class WeightFiles
{
    /// <summary>Opens a file; its first bytes say what it is, whatever its name, unless the format is given.</summary>
    /// <exception cref="PSTransferException">It can't be read, is damaged or of another format.</exception>
    public static IWeightFile Open(string path, WeightFormat format) => (format == WeightFormat.Auto ? Detect(path) : format) switch
    {
        WeightFormat.KerasH5 => KerasFile.Open(path),
        WeightFormat.Keras => KerasZipFile.Open(path),
        WeightFormat.TensorFlowJs => TensorFlowJsFile.Open(path),
        WeightFormat.PyTorch => PyTorchFile.Open(path),
        _ => SafetensorsFile.Open(path),
    };

    private static WeightFormat Detect(string path)
    {
        if (Directory.Exists(path))
        {
            return WeightFormat.TensorFlowJs;
        }

        var start = FileSignature.Read(path);
        return start switch
        {
            _ when FileSignature.IsHdf5(start) => WeightFormat.KerasH5,
            _ when FileSignature.IsZip(start) => KerasZipFile.Looks(path) ? WeightFormat.Keras : WeightFormat.PyTorch,
            _ when FileSignature.IsLegacyPyTorch(start) => WeightFormat.PyTorch,
            _ when TensorFlowJsFile.Looks(path) => WeightFormat.TensorFlowJs,
            _ => WeightFormat.Safetensors,
        };
    }
}
