using PSTransfer.Core.Weights.KerasH5;
using PSTransfer.Core.Weights.Safetensors;

namespace PSTransfer.Core.Weights;

/// <summary>Opens a weight file with the reader of its format.</summary>
internal static class WeightFiles
{
    /// <summary>Opens a file; its first bytes say what it is, whatever its name, unless the format is given.</summary>
    /// <exception cref="PSTransferException">It can't be read, is damaged or of another format.</exception>
    public static IWeightFile Open(string path, WeightFormat format) => (format == WeightFormat.Auto ? Detect(path) : format) switch
    {
        WeightFormat.KerasH5 => KerasFile.Open(path),
        _ => SafetensorsFile.Open(path),
    };

    private static WeightFormat Detect(string path)
    {
        var start = FileSignature.Read(path);
        return FileSignature.IsHdf5(start) ? WeightFormat.KerasH5
            : WeightFormat.Safetensors;
    }
}
