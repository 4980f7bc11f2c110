using PSTransfer.Core.Evaluation;

namespace PSTransfer.Core.Training.Runs;

/// <summary>An epoch while its steps are taken.</summary>
/// <param name="number">The epoch's number over the whole run, from 1.</param>
/// <param name="began">The clock's seconds when the epoch began.</param>
internal sealed class RunningEpoch(int number, double began = 0)
{
    /// <summary>The epoch's number over the whole run, from 1.</summary>
    public int Number => number;

    /// <summary>The clock's seconds when the epoch began.</summary>
    public double Began => began;

    /// <summary>The steps taken so far.</summary>
    public int Steps { get; set; }

    /// <summary>The learning rate of the last step.</summary>
    public double Rate { get; set; }

    /// <summary>Loss and accuracy of the steps so far.</summary>
    public RunningMetrics Metrics { get; set; } = new();
}
