using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation.Features;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Runs;

/// <summary>The feature caches of a run: of its training images, of its validation images, of both where they are the same.</summary>
internal sealed class RunFeatures : IDisposable
{
    private readonly FeatureCache? _training;
    private readonly FeatureCache? _validation;

    private RunFeatures(FeatureCache? training, FeatureCache? validation) => (_training, _validation) = (training, validation);

    /// <summary>What a set's cache holds, or why it has none.</summary>
    private sealed record Kept(FeatureCache? Cache, string What);

    private static Kept Off { get; } = Nothing("-FeatureCache Off");

    /// <summary>What the steps begin with.</summary>
    public required BatchSource Training { get; init; }

    /// <summary>What validation begins with; null without.</summary>
    public BatchSource? Validation { get; private init; }

    /// <summary>What was computed once instead of at each epoch, or why nothing was, for people.</summary>
    public required string Description { get; init; }

    /// <summary>Computes what can be computed once.</summary>
    /// <param name="network">A network with a head.</param>
    /// <param name="options">The run's.</param>
    /// <param name="images">Training images of the network's shape.</param>
    /// <param name="validation">Validation images of it; null for none.</param>
    /// <param name="report">Told what it is at, and how much is done, 0 to 1.</param>
    /// <param name="warn">Told of a damaged file that is made anew, and of what can't be written.</param>
    /// <param name="token">Checked at each batch.</param>
    public static RunFeatures Prepare(
        TransferNetwork network,
        TrainingOptions options,
        LabeledImages images,
        LabeledImages? validation,
        Action<string, double>? report,
        Action<string> warn,
        CancellationToken token)
    {
        var plan = FeatureCachePlan.Parse(options.FeatureCache);
        FeatureCache? training = null;
        try
        {
            // Pixels that change anew in each epoch are other pixels, and a run of less than a pass, over each draw, would compute features that it never uses.
            var draws = options is { Augmentation: { } augmentation, CachedDraws: { } count } ? new AugmentedDraws(augmentation, options.Seed, count) : null;
            var passes = options.StepsPerEpoch is { } steps ? (double)options.Epochs * steps * options.BatchSize / images.Count : options.Epochs;
            var ofTraining =
                plan is null ? Off
                : options.Augmentation is not null && draws is null ? Nothing("-Augmentation without -CachedDraws gives each epoch other images")
                : passes < (draws?.Count ?? 1) ? Nothing(draws is null ? "less than one pass over the images" : "fewer passes over the images than -CachedDraws")
                : Make(FixedPrefix.Of(network, isTraining: true), images, draws);
            training = ofTraining.Cache;
            var fixedInValidation = validation is null ? null : FixedPrefix.Of(network, isTraining: false);

            // The same work, though in the training phase the prefix may end before a dropout that the inference phase goes past.
            var shares = training is not null && draws is null && fixedInValidation?.Share == training.Prefix.Share && validation!.IsSameAs(images);
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
            : FeatureCache.Make(network, prefix, set, draws, plan, report, warn, token) is { } cache ? new Kept(cache, cache.Description)
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
