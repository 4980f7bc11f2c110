namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>The accuracy of the training phase without dropout at one batch size: how the other images of a batch affect answers.</summary>
/// <param name="BatchSize">The number of images in a batch; only whole batches are run.</param>
/// <param name="Shuffles">The number of orders of the images that were run.</param>
/// <param name="Accuracy">The mean accuracy over the shuffles, 0 to 1.</param>
/// <param name="Lowest">The lowest accuracy of a shuffle.</param>
/// <param name="Highest">The highest accuracy of a shuffle.</param>
public sealed record BatchSensitivity(int BatchSize, int Shuffles, double Accuracy, double Lowest, double Highest)
{
    /// <summary>The highest minus the lowest accuracy: the effect of the batches' composition, and of which images are left over.</summary>
    public double Spread => Highest - Lowest;

    /// <inheritdoc/>
    public override string ToString() => $"batches of {BatchSize}: accuracy {Accuracy:0.000}";
}
