using System.Runtime.InteropServices;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights;
using TorchSharp;

namespace PSTransfer.Core.Models.Matching;

/// <summary>Looks for weights that are NaN or infinite, as a diverged run leaves them.</summary>
public static class BrokenWeights
{
    private const int Named = 5;

    /// <summary>The warning about a model whose tensors hold NaN or infinity; null if all numbers are finite.</summary>
    public static string? Warning(TransferNetwork network)
    {
        using var hold = network.Use.Read("being checked");
        var broken = network.State.Where(tensor => !IsFinite(tensor.Value)).Select(tensor => tensor.Key).ToList();
        var names = NameList.Some(broken.Take(Named), broken.Count);
        return broken.Count == 0 ? null
            : $"The model '{network.Name}' is broken: {broken.Count} of its tensors hold NaN or infinity ({names}), so it names no "
                + "class. A run that diverged leaves such weights: go back to an earlier file, or train again with a lower -LearningRate.";
    }

    private static bool IsFinite(torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var host = tensor.detach().cpu().contiguous();
        return host.dtype == torch.ScalarType.Float32
            ? FiniteNumbers.All(MemoryMarshal.Cast<byte, float>(host.bytes))
            : host.isfinite().all().item<bool>();
    }
}
