using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training.Runs;
using TorchSharp;

namespace PSTransfer.Core.Training.Guard;

/// <summary>Makes the errors of numbers that left the range of float32. They say where it happened and what helps.</summary>
internal static class Divergence
{
    private static string Remedies =>
        $"Lower {Option.Name("LearningRate")} by 10, or use {Option.Name("Optimizer")} Adam; check that the weights have no NaN "
        + "and that pixels and preprocessing belong to the backbone.";

    /// <summary>The error of a step's loss.</summary>
    /// <param name="epoch">The epoch, with the step counted.</param>
    /// <param name="loss">NaN or infinity.</param>
    /// <param name="checkpoint">The file of the run's checkpoints; null for none.</param>
    public static PSTransferException Of(RunningEpoch epoch, double loss, string? checkpoint)
    {
        var left = epoch is { Number: 1, Steps: 1 } ? string.Empty : Left(epoch.Number, checkpoint);
        return new PSTransferException(
            FaultKind.Diverged,
            $"The loss became {loss} in epoch {epoch.Number}, step {epoch.Steps}, at learning rate {epoch.Rate:g3}. {Remedies}{left}",
            "LearningRate");
    }

    /// <summary>
    /// Refuses weights that the last step of an epoch made NaN or infinite: no loss shows them before the checkpoint is written. Frozen
    /// weights aren't checked.
    /// </summary>
    /// <exception cref="PSTransferException">Diverged: a weight or a statistic is NaN or infinite.</exception>
    public static void Check(TransferNetwork network, RunningEpoch epoch, string? checkpoint)
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var broken = network.Changing.Where(tensor => !IsFinite(tensor.Value)).Select(tensor => tensor.Key).ToList();
        if (broken.Count > 0)
        {
            throw new PSTransferException(
                FaultKind.Diverged,
                $"After the last step of epoch {epoch.Number}, at learning rate {epoch.Rate:g3}, "
                + $"NaN or infinity stands in {broken.Count} tensors of the model, {broken[0]} first. "
                + $"{Remedies}{Left(epoch.Number, checkpoint)}",
                "LearningRate");
        }
    }

    /// <summary>The sentences about what can be saved of the run.</summary>
    private static string Left(int epoch, string? checkpoint) =>
        " The model in memory is no longer of use." + (checkpoint is null || epoch == 1
            ? string.Empty
            : $" A resumed run can't change its learning rate. To continue from epoch {epoch - 1} with a lower one, "
            + $"load {checkpoint} with Import-TransferModel and start a new run.");

    private static bool IsFinite(torch.Tensor tensor)
    {
        using var each = tensor.isfinite();
        using var all = each.all();
        return all.item<bool>();
    }
}
