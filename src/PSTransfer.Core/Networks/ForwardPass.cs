using TorchSharp;

namespace PSTransfer.Core.Networks;

/// <summary>
/// How one forward pass behaves. A layer derives its behaviour from this and its own freeze mode at every call; nothing is stored
/// in the layer that a later call could undo (module-level train() undoing a child's eval() is how frozen models drift elsewhere).
/// </summary>
/// <param name="IsTraining">Training phase (1) or inference phase (0).</param>
/// <param name="UpdatesStatistics">Moving statistics may move. Only fit sets this.</param>
/// <param name="Dropout">Dropout layers act.</param>
/// <param name="Random">The run's generator for dropout masks; needed where <paramref name="Dropout"/> is set.</param>
public sealed record ForwardPass(bool IsTraining, bool UpdatesStatistics, bool Dropout, torch.Generator? Random = null)
{
    /// <summary>What maps are computed in; with bfloat16 the pass needs a dispose scope around it. Only fit sets this.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// Whether maps have their channels last in memory, which is faster. Only in a step of fit: evaluations leave them as they come, since libtorch
    /// sums batch statistics in double precision then.
    /// </summary>
    internal bool HasChannelsLast => UpdatesStatistics;

    /// <summary>A batch as the pass computes on it. The caller owns it.</summary>
    internal torch.Tensor Enter(torch.Tensor x)
    {
        var converted = x.In(Precision);
        return HasChannelsLast && x.dim() == 4 ? converted.ChannelsLast() : converted.alias();
    }

    /// <summary>The inference phase.</summary>
    public static ForwardPass Inference { get; } = new(false, false, false);

    /// <summary>A step of fit: training phase, statistics move where the mode says so, dropout acts.</summary>
    public static ForwardPass Fit(torch.Generator random, Precision precision = Precision.Float32) => new(true, true, true, random) { Precision = precision };

    /// <summary>The training phase for evaluation: nothing moves. Without a generator dropout is off.</summary>
    public static ForwardPass Training(torch.Generator? random = null) => new(true, false, random is not null, random);
}
