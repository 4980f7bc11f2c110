using PSTransfer.Core.Data.Augmenting;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>Several augmentations of each image, to be cached: those of the first epochs.</summary>
/// <param name="Augmentation">What is changed.</param>
/// <param name="Seed">The run's.</param>
/// <param name="Count">How many of each image.</param>
internal sealed record AugmentedDraws(Augmentation Augmentation, int Seed, int Count);
