using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Runs;

/// <summary>A part of a run, checked.</summary>
/// <param name="Name">What its messages begin with; empty where it is the whole run.</param>
/// <param name="Options">All that holds in it.</param>
/// <param name="Freeze">What it does to the layers' modes; null for nothing.</param>
/// <param name="Changing">The names of the tensors that it may change.</param>
/// <param name="ToldUnadapted">The user was told that its epochs are too few for the moving statistics to adapt.</param>
internal sealed record StagePlan(string Name, TrainingOptions Options, FreezePlan? Freeze, IReadOnlyList<string> Changing, bool ToldUnadapted)
{
    /// <summary>Whether its epochs so far are all that it will have.</summary>
    public bool IsOver(IReadOnlyList<EpochRecord> epochs) => epochs.Count >= Options.Epochs || EarlyStopping.Ends(epochs, Options.EarlyStopping);
}
