using PSTransfer.Core.Models;
using TorchSharp;

namespace PSTransfer.Core.Training.Guard;

/// <summary>Numbers that left the range of float32: where, and what helps.</summary>
internal static class Divergence
{
    private const string Remedies =
        "Lower -LearningRate by 10, or use -Optimizer Adam; check that the weights have no NaN and that pixels and preprocessing belong to the backbone.";

    /// <summary>The error of a step's loss.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="step">From 0.</param>
    /// <param name="loss">No number.</param>
    /// <param name="rate">The step's.</param>
    /// <param name="checkpoint">Where the run writes its checkpoints; null for nowhere.</param>
    public static PSTransferException Of(int epoch, int step, double loss, double rate, string? checkpoint) => new(
        FaultKind.Diverged, FormattableString.Invariant($"The loss became {loss} in epoch {epoch}, step {step + 1}, at learning rate {rate:g3}. {Remedies}{(epoch == 1 && step == 0 ? string.Empty : Left(epoch, checkpoint))}"), "LearningRate");

    /// <summary>Refuses weights that the last step of an epoch made useless: no loss tells of them before its checkpoint is written. What is frozen isn't looked at.</summary>
    /// <exception cref="PSTransferException">A weight or a statistic is NaN or infinite.</exception>
    public static void Check(TransferNetwork network, int epoch, double rate, string? checkpoint)
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var broken = network.Changing.Where(tensor => !IsFinite(tensor.Value)).Select(tensor => tensor.Key).ToList();
        if (broken.Count > 0)
        {
            throw new PSTransferException(
                FaultKind.Diverged, FormattableString.Invariant($"After the last step of epoch {epoch}, at learning rate {rate:g3}, NaN or infinity stands in {broken.Count} tensors of the model, {broken[0]} first. {Remedies}{Left(epoch, checkpoint)}"), "LearningRate");
        }
    }

    /// <summary>What is left of the run.</summary>
    private static string Left(int epoch, string? checkpoint) => " The model in memory is no longer of use." + (checkpoint is null || epoch == 1
        ? string.Empty
        : FormattableString.Invariant($" -Resume takes no other rate, but Import-TransferModel reads the checkpoint of epoch {epoch - 1}, {checkpoint}, as a model to go on from."));

    private static bool IsFinite(torch.Tensor tensor)
    {
        using var each = tensor.isfinite();
        using var all = each.all();
        return all.item<bool>();
    }
}
