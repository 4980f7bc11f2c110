using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Models;

/// <summary>A row of the layer table.</summary>
/// <param name="Index">The layer's position in the model's order, from 0. Set-FreezeMode -First counts these positions.</param>
/// <param name="Name">The layer's name in the original network.</param>
/// <param name="Kind">The layer's kind.</param>
/// <param name="OutputShape">The height, width and channels of one image's output, or a vector's length.</param>
/// <param name="ParameterCount">The layer's numbers, counted as its family counts them (Keras includes moving statistics).</param>
/// <param name="Learns">Whether the layer's parameters receive gradients; null if it has none.</param>
/// <param name="NormalizesBy">The statistics by which a BatchNorm layer normalises in the training phase; null for other layers.</param>
/// <param name="UpdatesStatistics">Whether fit updates a BatchNorm layer's statistics; null for other layers.</param>
/// <param name="Regularizes">Whether a regulariser (dropout, stochastic depth) acts in the training phase; false in a frozen scope, null
/// for other layers.</param>
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
