using System.Collections.Frozen;

namespace PSTransfer.Core.Networks;

/// <summary>The statistics by which a BatchNorm layer normalises.</summary>
public enum NormalizationSource
{
    /// <summary>Mean and biased variance of the mini-batch, per channel.</summary>
    Batch,

    /// <summary>The moving mean and moving variance stored in the layer.</summary>
    Moving,
}

/// <summary>
/// The three independent switches of a BatchNorm layer, and the one switch of every other layer. They say what happens in the training
/// phase. In the inference phase BatchNorm always normalises by its moving statistics and updates nothing.
/// </summary>
/// <param name="BatchNormLearns">Gamma and beta receive gradients.</param>
/// <param name="NormalizesBy">The statistics by which the training phase normalises.</param>
/// <param name="UpdatesStatistics">The training phase moves the moving statistics.</param>
/// <param name="OthersLearn">Weights outside BatchNorm receive gradients.</param>
public sealed record FreezePolicy(bool BatchNormLearns, NormalizationSource NormalizesBy, bool UpdatesStatistics, bool OthersLearn)
{
    private static readonly FrozenDictionary<FreezeMode, FreezePolicy> Table = new Dictionary<FreezeMode, FreezePolicy>
    {
        //                                 BatchNorm learns, normalises by,              updates, others learn
        [FreezeMode.None] =          new(true,  NormalizationSource.Batch,  true,  true),
        [FreezeMode.Inference] =     new(false, NormalizationSource.Moving, false, false),
        [FreezeMode.Legacy] =        new(false, NormalizationSource.Batch,  false, false),
        [FreezeMode.Drifting] =      new(false, NormalizationSource.Batch,  true,  false),
        [FreezeMode.LiveBatchNorm] = new(true,  NormalizationSource.Batch,  true,  false),
        [FreezeMode.Statistics] =    new(true,  NormalizationSource.Moving, false, true),
    }.ToFrozenDictionary();

    /// <summary>Returns the switches of a mode.</summary>
    public static FreezePolicy Of(FreezeMode mode) => Table[mode];
}
