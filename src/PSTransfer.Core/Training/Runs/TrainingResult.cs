using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Why a run ended.</summary>
public enum StopReason
{
    /// <summary>All epochs were run.</summary>
    Completed,

    /// <summary>The validation loss stopped falling.</summary>
    EarlyStopping,
}

/// <summary>The result of a run.</summary>
/// <param name="History">The epochs of the run.</param>
/// <param name="Stopped">Why the run ended.</param>
/// <param name="BestEpoch">The epoch with the lowest validation loss; the lowest training loss without validation.</param>
/// <param name="Seconds">The wall time of this process' part of the run.</param>
/// <param name="ImagesPerSecond">Training images over wall time, validation included.</param>
/// <param name="FeatureCache">What was computed once instead of in each epoch, in words.</param>
public sealed record TrainingResult(
    IReadOnlyList<EpochRecord> History, StopReason Stopped, int BestEpoch, double Seconds, double ImagesPerSecond, string FeatureCache);
