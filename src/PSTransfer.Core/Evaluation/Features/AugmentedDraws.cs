using PSTransfer.Core.Data.Augmenting;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>The augmentations of each image that are cached: those of the first epochs.</summary>
/// <param name="Augmentation">The augmentation that is drawn.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Count">How many draws each image gets.</param>
internal sealed record AugmentedDraws(Augmentation Augmentation, int Seed, int Count);
