namespace PSTransfer.Core.Networks.Layers;

/// <summary>A BatchNorm layer's moving mean and variance, one number per channel.</summary>
internal sealed record MovingStatistics(float[] Mean, float[] Variance);
