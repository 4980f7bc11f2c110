using PSTransfer.Core.Models;
using TorchSharp;

namespace PSTransfer.Core.Training;

/// <summary>Numbers that left the range of float32: where, and what helps.</summary>
internal static class Divergence
{
    private const string Remedies =
        "Lower -LearningRate by 10, or use -Optimizer Adam; check that the weights have no NaN and that pixels and preprocessing belong to the backbone. Without a checkpoint the model in memory is no longer of use.";

    /// <summary>The error of a step's loss.</summary>
    public static PSTransferException Of(int epoch, int step, double loss, double rate) => new(
        FaultKind.Diverged, FormattableString.Invariant($"The loss became {loss} in epoch {epoch}, step {step + 1}, at learning rate {rate:g3}. {Remedies}"), "LearningRate");

    /// <summary>Refuses weights that the last step of an epoch made useless: no loss tells of them before its checkpoint is written. What is frozen isn't looked at.</summary>
    /// <exception cref="PSTransferException">A weight or a statistic is NaN or infinite.</exception>
    public static void Check(TransferNetwork network, int epoch, double rate)
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var broken = network.Changing.Where(tensor => !IsFinite(tensor.Value)).Select(tensor => tensor.Key).ToList();
        if (broken.Count > 0)
        {
            throw new PSTransferException(
                FaultKind.Diverged, FormattableString.Invariant($"After the last step of epoch {epoch}, at learning rate {rate:g3}, NaN or infinity stands in {broken.Count} tensors of the model, {broken[0]} first. {Remedies}"), "LearningRate");
        }
    }

    private static bool IsFinite(torch.Tensor tensor)
    {
        using var each = tensor.isfinite();
        using var all = each.all();
        return all.item<bool>();
    }
}
