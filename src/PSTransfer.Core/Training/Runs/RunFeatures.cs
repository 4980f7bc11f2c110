using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation.Features;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Training.Runs;

/// <summary>
/// The feature caches of a stage: one for the training images and one for the validation images, or one for both if they are the same.
/// </summary>
internal sealed class RunFeatures : IDisposable
{
    private readonly FeatureCache? _training;
    private readonly FeatureCache? _validation;

    private RunFeatures(FeatureCache? training, FeatureCache? validation) => (_training, _validation) = (training, validation);

    /// <summary>The cache of a set, with words for what it holds or why there is none.</summary>
    private sealed record Kept(FeatureCache? Cache, string What);

    private static Kept Off => Nothing($"{Option.Name("FeatureCache")} Off");

    /// <summary>The batches that steps begin with.</summary>
    public required BatchSource Training { get; init; }

    /// <summary>The batches that validation begins with; null without validation.</summary>
    public BatchSource? Validation { get; private init; }

    /// <summary>What was computed once instead of in each epoch, or why nothing was, in words.</summary>
    public required string Description { get; init; }

    /// <summary>Computes what can be computed once.</summary>
    /// <param name="network">A network with a head.</param>
    /// <param name="options">The options of the stage.</param>
    /// <param name="images">Training images of the network's shape.</param>
    /// <param name="validation">Validation images of the same shape; null for none.</param>
    /// <param name="observer">Told of the progress, of a damaged file that is made anew, and of a file that can't be written.</param>
    /// <param name="token">Checked at each batch.</param>
    public static RunFeatures Prepare(
        TransferNetwork network,
        TrainingOptions options,
        LabeledImages images,
        LabeledImages? validation,
        RunObserver observer,
        CancellationToken token)
    {
        var plan = FeatureCachePlan.Parse(options.FeatureCache);
        FeatureCache? training = null;
        try
        {
            // Caching doesn't pay when augmentation gives new pixels in every epoch, or when the run is too short to read each cached
            // feature once.
            var draws = options is { Augmentation: { } augmentation, CachedDraws: { } count }
                ? new AugmentedDraws(augmentation, options.Seed, count)
                : null;
            var passes = options.StepsPerEpoch is { } steps
                ? (double)options.Epochs * steps * options.BatchSize / images.Count
                : options.Epochs;
            var ofTraining =
                plan is null ? Off
                : options.Augmentation is not null && draws is null
                ? Nothing($"{Option.Name("Augmentation")} without {Option.Name("CachedDraws")} gives each epoch other images")
                : passes < (draws?.Count ?? 1)
                    ? Nothing(draws is null
                        ? "less than one pass over the images"
                        : $"fewer passes over the images than {Option.Name("CachedDraws")}")
                : Make(FixedPrefix.Of(network, isTraining: true), images, draws);
            training = ofTraining.Cache;
            var fixedInValidation = validation is null ? null : FixedPrefix.Of(network, isTraining: false);

            // Equal shares mean the same features: in the training phase the prefix may only end earlier by a dropout, which computes
            // nothing in the inference phase.
            var shares = training is not null
                && draws is null
                && fixedInValidation?.Share == training.Prefix.Share
                && validation!.IsSameAs(images);
            var ofValidation = validation is null ? null : shares ? ofTraining : Make(fixedInValidation, validation, draws: null);
            return new RunFeatures(training, ofValidation?.Cache)
            {
                Training = new BatchSource(network, images, options.BatchSize, training, channelsLast: options.Augmentation is null),
                Validation = validation is null ? null : new BatchSource(network, validation, options.BatchSize, ofValidation!.Cache),
                Description = (training, ofValidation) switch
                {
                    (null, null) => ofTraining.What,
                    (null, { Cache: null }) when ofValidation.What == ofTraining.What => ofTraining.What,
                    (_, null) => $"training: {ofTraining.What}",
                    _ when shares => $"training and validation: {ofTraining.What}",
                    _ => $"training: {ofTraining.What}; validation: {ofValidation.What}",
                },
            };
        }
        catch
        {
            training?.Dispose();
            throw;
        }

        Kept Make(FixedPrefix? prefix, LabeledImages set, AugmentedDraws? draws) =>
            plan is null ? Off
            : prefix is null ? Nothing("less than a tenth of the network comes before what learns or normalises by the batch")
            : FeatureCache.Make(network, prefix, set, draws, plan, observer.Preparing, observer.Warned, token) is { } cache
                ? new Kept(cache, cache.Description)
            : Nothing("no room for a temporary file");
    }

    private static Kept Nothing(string why) => new(null, $"nothing ({why})");

    /// <inheritdoc/>
    public void Dispose()
    {
        _training?.Dispose();
        _validation?.Dispose();
    }
}
