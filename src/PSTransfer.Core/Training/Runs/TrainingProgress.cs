namespace PSTransfer.Core.Training.Runs;

/// <summary>The progress of a run after a step.</summary>
/// <param name="Epoch">The epoch, counted from 1.</param>
/// <param name="Epochs">The epochs of the whole run.</param>
/// <param name="Step">The steps taken in the epoch.</param>
/// <param name="Steps">The steps of an epoch.</param>
/// <param name="Loss">The epoch's mean loss so far.</param>
/// <param name="Accuracy">The epoch's share of right answers so far, 0 to 1.</param>
/// <param name="SecondsLeft">The estimated seconds until the run ends.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, int Step, int Steps, double Loss, double Accuracy, double SecondsLeft);
