namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>Measures how far a BatchNorm layer's stored statistics are from those of its input in the inference phase.</summary>
/// <param name="Index">The layer's place in the layer table, from 0.</param>
/// <param name="Depth">The layer's place among the BatchNorm layers in the order in which they run, from 1. The layer table may list a
/// shortcut's layer elsewhere.</param>
/// <param name="Name">The layer's name in the original network.</param>
/// <param name="Channels">The number of the layer's channels.</param>
/// <param name="MeanShift">The mean over the channels of |actual mean − stored mean| / √(stored variance + eps).</param>
/// <param name="VarianceRatio">The geometric mean over the channels of (actual variance + eps) / (stored variance + eps).</param>
/// <param name="Drift">The drift as one number, 0 if nothing drifted; see <see cref="DriftMeasure"/>.</param>
/// <param name="AccuracyIfSwapped">The accuracy in the inference phase with the statistics of this layer (and all before or after it)
/// swapped for the data's. Null without attribution.</param>
public sealed record BatchNormDrift(
    int Index,
    int Depth,
    string Name,
    int Channels,
    double MeanShift,
    double VarianceRatio,
    double Drift,
    double? AccuracyIfSwapped);
