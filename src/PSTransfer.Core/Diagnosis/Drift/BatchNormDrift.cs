namespace PSTransfer.Core.Diagnosis.Drift;

/// <summary>How far a BatchNorm layer's stored statistics are from those of what enters it in the inference phase.</summary>
/// <param name="Index">The layer's place in the layer table, from 0.</param>
/// <param name="Depth">Its place among the BatchNorm layers in the order in which they run, from 1. A shortcut's layer may be listed elsewhere.</param>
/// <param name="Name">The layer's name in the original network.</param>
/// <param name="Channels">Its channels.</param>
/// <param name="MeanShift">The mean over the channels of |actual mean − stored mean| / √(stored variance + eps).</param>
/// <param name="VarianceRatio">The geometric mean over the channels of (actual variance + eps) / (stored variance + eps).</param>
/// <param name="Drift">One number, 0 where nothing drifted; see <see cref="DriftMeasure"/>.</param>
/// <param name="AccuracyIfSwapped">The accuracy in the inference phase with this layer's statistics (and those of all before or after it) swapped for the data's; null without attribution.</param>
public sealed record BatchNormDrift(
    int Index,
    int Depth,
    string Name,
    int Channels,
    double MeanShift,
    double VarianceRatio,
    double Drift,
    double? AccuracyIfSwapped);
