using TorchSharp;

namespace PSTransfer.Core.Networks;

/// <summary>
/// How one forward pass behaves. At every call, a layer derives its behaviour from the pass and from its own freeze mode. Nothing is stored
/// in the layer that a later call could undo. Elsewhere, a module's train() undoes a child's eval(), and frozen models drift.
/// </summary>
/// <param name="IsTraining">Whether the pass is in the training phase (1) or the inference phase (0).</param>
/// <param name="UpdatesStatistics">Whether moving statistics may move. Only fit sets this.</param>
/// <param name="Dropout">Whether dropout layers act.</param>
/// <param name="Random">The run's generator for dropout masks; required if <paramref name="Dropout"/> is set.</param>
public sealed record ForwardPass(bool IsTraining, bool UpdatesStatistics, bool Dropout, torch.Generator? Random = null)
{
    /// <summary>The precision of the maps. With bfloat16 the pass needs a dispose scope around it. Only fit sets this.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// Whether maps have their channels last in memory, which is faster. True only in a step of fit: evaluations keep the order, since
    /// libtorch then sums batch statistics in double precision.
    /// </summary>
    internal bool HasChannelsLast => UpdatesStatistics;

    /// <summary>Returns a batch in the form in which the pass computes on it. The caller owns the result.</summary>
    internal torch.Tensor Enter(torch.Tensor x)
    {
        var converted = x.In(Precision);
        return HasChannelsLast && x.dim() == 4 ? converted.ChannelsLast() : converted.alias();
    }

    /// <summary>A pass in the inference phase.</summary>
    public static ForwardPass Inference { get; } = new(false, false, false);

    /// <summary>A step of fit: the training phase, in which dropout acts and statistics move if the freeze mode says so.</summary>
    public static ForwardPass Fit(torch.Generator random, Precision precision = Precision.Float32) =>
        new(true, true, true, random) { Precision = precision };

    /// <summary>The training phase for evaluation: nothing moves, and without a generator dropout is off.</summary>
    public static ForwardPass Training(torch.Generator? random = null) => new(true, false, random is not null, random);
}
