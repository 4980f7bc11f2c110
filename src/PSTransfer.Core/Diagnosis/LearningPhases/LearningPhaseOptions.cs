using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Diagnosis.LearningPhases;

/// <summary>Settings of the learning-phase test.</summary>
public sealed record LearningPhaseOptions
{
    /// <summary>Images in a batch. Default: 32.</summary>
    public int BatchSize { get; init; } = Defaults.BatchSize;

    /// <summary>Batches per phase; null for all images.</summary>
    public int? Steps { get; init; }

    /// <summary>
    /// Orders of the images under which phase 1 is run and averaged, since batch statistics depend on an image's company; at least 1.
    /// The first order is the one of the other phases. Where it gives phase 0's answers to the last bit, there are no others. Default: 3.
    /// </summary>
    public int Shuffles { get; init; } = Defaults.Shuffles;

    /// <summary>Seed of the shuffles, of dropout and of the resampling behind the intervals. Default: 42.</summary>
    public int Seed { get; init; } = Defaults.Seed;

    /// <summary>|accuracy gap| up to which the phases agree. Default: 0.02.</summary>
    public double Tolerance { get; init; } = Defaults.Tolerance;

    /// <summary>Whether phase 1 also runs at batch sizes from 4 to 64, as far as there are images for a batch. Default: off.</summary>
    public bool Sensitivity { get; init; }

    /// <summary>Checks ranges.</summary>
    /// <exception cref="PSTransferException">One of them can't work; the message names the parameter.</exception>
    internal void Validate()
    {
        Require(double.IsFinite(Tolerance) && Tolerance >= 0, nameof(Tolerance), $"must be at least 0, not {Tolerance}");
        Require(BatchSize >= 1, nameof(BatchSize), $"must be at least 1, not {BatchSize}");
        Require(Steps is null or >= 1, nameof(Steps), $"must be at least 1, not {Steps}");
        Require(Shuffles >= 1, nameof(Shuffles), $"must be at least 1, not {Shuffles}");
    }
}
