using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Runs;

/// <summary>The checked plan of a stage.</summary>
/// <param name="Number">The stage's number in the run, from 1.</param>
/// <param name="Name">The prefix of the stage's messages; empty if the run has no stages.</param>
/// <param name="Options">The run's options with the stage's own epochs and learning rate.</param>
/// <param name="Freeze">What the stage does to the layers' modes; null for nothing.</param>
/// <param name="Changing">The names of the tensors that the stage may change.</param>
/// <param name="WarnedUnadapted">Whether a warning has said that the stage's epochs are too few for the moving statistics to adapt.</param>
internal sealed record StagePlan(
    int Number, string Name, TrainingOptions Options, FreezePlan? Freeze, IReadOnlyList<string> Changing, bool WarnedUnadapted)
{
    /// <summary>Whether a stage with these epochs is over.</summary>
    public bool IsOver(IReadOnlyList<EpochRecord> epochs) =>
        epochs.Count >= Options.Epochs || EarlyStopping.Ends(epochs, Options.EarlyStopping);
}
