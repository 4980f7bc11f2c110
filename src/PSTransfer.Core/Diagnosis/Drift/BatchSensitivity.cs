namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>The training phase without dropout at one batch size: what the company an image is in does to the answers.</summary>
/// <param name="BatchSize">Images in a batch; only whole batches are run.</param>
/// <param name="Shuffles">Orders of the images that were run.</param>
/// <param name="Accuracy">Mean over the shuffles, 0 to 1.</param>
/// <param name="Lowest">The lowest accuracy of a shuffle.</param>
/// <param name="Highest">The highest.</param>
public sealed record BatchSensitivity(int BatchSize, int Shuffles, double Accuracy, double Lowest, double Highest)
{
    /// <summary>Highest minus lowest: what the composition of the batches does, and which images don't fill a whole one.</summary>
    public double Spread => Highest - Lowest;

    /// <inheritdoc/>
    public override string ToString() => $"batches of {BatchSize}: accuracy {Accuracy:0.000}";
}
