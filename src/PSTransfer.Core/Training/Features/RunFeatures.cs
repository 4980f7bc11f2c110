using PSTransfer.Core.Data;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Features;

/// <summary>The feature caches of a run: of its training images, of its validation images, of both where they are the same.</summary>
internal sealed class RunFeatures : IDisposable
{
    private readonly FeatureCache? _training;
    private readonly FeatureCache? _validation;

    private RunFeatures(FeatureCache? training, FeatureCache? validation) => (_training, _validation) = (training, validation);

    /// <summary>What the steps begin with.</summary>
    public required BatchSource Training { get; init; }

    /// <summary>What validation begins with; null without.</summary>
    public BatchSource? Validation { get; private init; }

    /// <summary>What was computed once instead of at each epoch, for people.</summary>
    public string Description => (_training, _validation) switch
    {
        (null, null) => "nothing",
        (null, _) => $"validation: {_validation.Description}",
        (_, null) => $"training: {_training.Description}",
        _ when _training == _validation => $"training and validation: {_training.Description}",
        _ => $"training: {_training.Description}; validation: {_validation.Description}",
    };

    /// <summary>Computes what can be computed once.</summary>
    /// <param name="network">A network with a head.</param>
    /// <param name="options">The run's.</param>
    /// <param name="images">Training images of the network's shape.</param>
    /// <param name="validation">Validation images of it; null for none.</param>
    /// <param name="report">Told what it is at, and how much is done, 0 to 1.</param>
    /// <param name="warn">Told of a damaged file that is made anew.</param>
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
            var isWorth = options.Augmentation is null ? passes >= 1 : passes >= draws?.Count;
            training = isWorth ? Make(FixedPrefix.Of(network, isTraining: true), images, draws) : null;
            var ofValidation = validation is null ? null : FixedPrefix.Of(network, isTraining: false);

            // The same work, though in the training phase the prefix may end before a dropout that the inference phase goes past.
            var shares = training is not null && draws is null && ofValidation?.Share == training.Prefix.Share && validation!.IsSameAs(images);
            var validating = shares ? training : Make(ofValidation, validation!, draws: null);
            return new RunFeatures(training, validating)
            {
                Training = new BatchSource(network, images, options.BatchSize, training),
                Validation = validation is null ? null : new BatchSource(network, validation, options.BatchSize, validating),
            };
        }
        catch
        {
            training?.Dispose();
            throw;
        }

        FeatureCache? Make(FixedPrefix? prefix, LabeledImages set, AugmentedDraws? draws) =>
            plan is null || prefix is null ? null : FeatureCache.Make(network, prefix, set, draws, plan, report, warn, token);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _training?.Dispose();
        _validation?.Dispose();
    }
}
