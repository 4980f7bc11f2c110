using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Models;

/// <summary>A row of the layer table.</summary>
/// <param name="Index">Position in the model's order, from 0; what Set-FreezeMode -First counts.</param>
/// <param name="Name">The layer's name in the original network.</param>
/// <param name="Kind">What it is.</param>
/// <param name="OutputShape">Height, width, channels of one image's output, or a vector's length.</param>
/// <param name="ParameterCount">Numbers it holds, counted as its family counts them (Keras includes moving statistics).</param>
/// <param name="Learns">Its parameters receive gradients; null where it has none.</param>
/// <param name="NormalizesBy">What a BatchNorm layer normalises by in the training phase; null for others.</param>
/// <param name="UpdatesStatistics">Whether fit moves a BatchNorm layer's statistics; null for others.</param>
/// <param name="Regularizes">Whether a regulariser (dropout, stochastic depth) acts in the training phase: not in a frozen scope; null for others.</param>
/// <param name="FreezeMode">The layer's mode.</param>
public sealed record LayerRow(
    int Index,
    string Name,
    string Kind,
    string OutputShape,
    long ParameterCount,
    bool? Learns,
    NormalizationSource? NormalizesBy,
    bool? UpdatesStatistics,
    bool? Regularizes,
    FreezeMode FreezeMode);
