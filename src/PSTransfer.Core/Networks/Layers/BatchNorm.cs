using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// Batch normalisation over the channels of N×C×H×W or N×C, with three independent switches (learn, normalise by, update) that follow
/// from the freeze mode. y = gamma · (x − mean) / sqrt(variance + eps) + beta (Ioffe and Szegedy 2015).
/// </summary>
/// <remarks>TorchSharp's own BatchNorm2d can't express all modes, since its track_running_stats is private. TorchSharp's FrozenBatchNorm2d
/// overwrites its bias at each call.</remarks>
public sealed class BatchNorm : UnaryLayer
{
    /// <summary>
    /// Creates the layer with gamma 1 (or no gamma without <paramref name="scale"/>), beta 0, moving mean 0 and moving variance 1.
    /// </summary>
    public BatchNorm(string name, int channels, double epsilon, double momentum, VarianceEstimator estimator, bool scale = true)
        : base(name)
    {
        Channels = channels;
        Epsilon = epsilon;
        Momentum = momentum;
        Estimator = estimator;
        if (scale)
        {
            AddParameter("weight", ones(channels, device: CPU));
        }

        AddParameter("bias", zeros(channels, device: CPU));
        AddBuffer("running_mean", zeros(channels, device: CPU));
        AddBuffer("running_var", ones(channels, device: CPU));
    }

    /// <summary>The number of channels of input and output.</summary>
    public int Channels { get; }

    /// <summary>
    /// The number added to the variance under the root, more than 0. It belongs to the weights: with another value the features are wrong.
    /// </summary>
    public double Epsilon { get; set; }

    /// <summary>The share of the new batch in an update, torch's convention: 1 − Keras' momentum. From 0 to 1.</summary>
    public double Momentum { get; set; }

    /// <summary>The estimate of the variance that an update stores.</summary>
    public VarianceEstimator Estimator { get; set; }

    /// <summary>The record of what the layer has done in steps of fit since it was last cleared.</summary>
    internal FitActs Acts { get; set; }

    /// <summary>The statistics by which the training phase normalises under the current mode.</summary>
    public NormalizationSource NormalizesBy => FreezePolicy.Of(Mode).NormalizesBy;

    /// <summary>Whether fit moves the moving statistics under the current mode.</summary>
    public bool UpdatesStatistics => FreezePolicy.Of(Mode).UpdatesStatistics;

    /// <summary>
    /// The share of the batch's own mean and biased variance in the inference phase, 0 to 1; the moving statistics make up the rest. This
    /// is mixing at test time (You, Li and Zhao, "Test-time batch statistics calibration for covariate shift", arXiv 2110.04065). The
    /// default 0 means moving statistics alone. An experiment sets this property; neither a copy nor a file keeps it.
    /// </summary>
    internal double BatchShare { get; set; }

    private Tensor MovingMean => Buffers[0].Value;

    private Tensor MovingVariance => Buffers[1].Value;

    /// <summary>Returns the moving statistics as they are now, to the bit.</summary>
    internal MovingStatistics ReadStatistics()
    {
        using var mean = MovingMean.cpu();
        using var variance = MovingVariance.cpu();
        return new MovingStatistics(mean.data<float>().ToArray(), variance.data<float>().ToArray());
    }

    /// <summary>Replaces the moving statistics.</summary>
    internal void WriteStatistics(MovingStatistics statistics)
    {
        using var _ = no_grad();
        using var mean = tensor(statistics.Mean, device: MovingMean.device);
        using var variance = tensor(statistics.Variance, device: MovingVariance.device);
        MovingMean.copy_(mean);
        MovingVariance.copy_(variance);
    }

    /// <summary>
    /// Returns the layer's effect in the inference phase as x · scale + shift for each channel. The caller owns both tensors.
    /// </summary>
    internal (Tensor Scale, Tensor Shift) AsScaleAndShift()
    {
        using var scope = NewDisposeScope();
        using var epsilon = Epsilon.ToScalar();
        using var one = 1.ToScalar();
        var inverse = MovingVariance.add(epsilon, one).rsqrt();
        var scale = Find("weight") is { } gamma ? inverse.mul(gamma) : inverse;
        var shift = Find("bias")!.addcmul(MovingMean.neg(), scale, one);
        return (scale.DetachFromDisposeScope(), shift.DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    protected override bool LearnsUnder(FreezePolicy policy) => policy.BatchNormLearns;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, ForwardPass pass)
    {
        var gamma = Find("weight");
        var beta = Find("bias");
        if (!pass.IsTraining && BatchShare > 0)
        {
            return MixedForward(x, gamma, beta);
        }

        if (!pass.IsTraining || NormalizesBy == NormalizationSource.Moving)
        {
            Note(FitActs.NormalizedByMoving | FitActs.KeptStatistics, pass);
            return nn.functional.batch_norm(x, MovingMean, MovingVariance, gamma, beta, training: false, eps: Epsilon);
        }

        if (!pass.UpdatesStatistics || !UpdatesStatistics)
        {
            Note(FitActs.NormalizedByBatch | FitActs.KeptStatistics, pass);
            return nn.functional.batch_norm(x, null, null, gamma, beta, training: true, eps: Epsilon);
        }

        Note(FitActs.NormalizedByBatch | FitActs.MovedStatistics, pass);

        // With momentum 1 libtorch leaves the batch's own mean and unbiased variance in the given buffers.
        using var mean = zeros_like(MovingMean);
        using var variance = ones_like(MovingVariance);
        var y = nn.functional.batch_norm(x, mean, variance, gamma, beta, training: true, momentum: 1, eps: Epsilon);
        double count = x.numel() / x.shape[1];
        Update(mean, variance, Estimator.Factor(count, Epsilon) * (count - 1) / count);
        return y;
    }

    private Tensor MixedForward(Tensor x, Tensor? gamma, Tensor? beta)
    {
        long[] places = x.dim() == 2 ? [0] : [0, 2, 3];
        using var kept = (1 - BatchShare).ToScalar();
        using var share = BatchShare.ToScalar();
        using var batchMean = x.mean(places);
        using var batchVariance = x.var(places, unbiased: false);
        using var mean = MovingMean.mul(kept);
        using var variance = MovingVariance.mul(kept);
        mean.add_(batchMean, share);
        variance.add_(batchVariance, share);
        return nn.functional.batch_norm(x, mean, variance, gamma, beta, training: false, eps: Epsilon);
    }

    private void Update(Tensor mean, Tensor unbiasedVariance, double factor)
    {
        using var _ = no_grad();

        // A temporary scalar may be collected while libtorch reads it, since TorchSharp keeps none alive during a call.
        using var kept = (1 - Momentum).ToScalar();
        using var share = Momentum.ToScalar();
        using var varianceShare = (Momentum * factor).ToScalar();
        MovingMean.mul_(kept);
        MovingMean.add_(mean, share);
        MovingVariance.mul_(kept);
        MovingVariance.add_(unbiasedVariance, varianceShare);
    }

    private void Note(FitActs acts, ForwardPass pass)
    {
        // Only fit lets statistics move; an evaluation in the training phase trains nothing.
        if (pass.UpdatesStatistics)
        {
            Acts |= acts | (Parameters[0].Value.requires_grad ? FitActs.None : FitActs.LearntNothing);
        }
    }
}
