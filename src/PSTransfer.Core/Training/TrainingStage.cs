namespace PSTransfer.Core.Training;

/// <summary>
/// A stage of a run: some layers get a mode, and then a number of epochs follow. All other layers keep the mode that they had before.
/// Each stage has its own optimiser, schedule and patience. Epochs are counted over the whole run.
/// </summary>
public sealed record TrainingStage
{
    /// <summary>The mode of the chosen layers; null changes no mode.</summary>
    public FreezeMode? Mode { get; init; }

    /// <summary>Wildcard patterns on layer names, head included; null means the whole backbone. Needs a mode.</summary>
    public IReadOnlyList<string>? LayerPatterns { get; init; }

    /// <summary>The number of first layers, in the model's order, that are chosen instead of patterns. Needs a mode.</summary>
    public int? First { get; init; }

    /// <summary>Passes over the data, at least 1; null for the epochs of the run.</summary>
    public int? Epochs { get; init; }

    /// <summary>The learning rate, above 0; null for the rate of the run.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The stage in one line.</summary>
    public override string ToString()
    {
        var patterns = LayerPatterns is null ? string.Empty : $" on {string.Join(", ", LayerPatterns)}";
        var first = First is null ? string.Empty : $" on the first {First} layers";
        return $"{Mode?.ToString() ?? "modes as before"}{patterns}{first}, {Epochs} epochs, LearningRate {LearningRate}";
    }

    /// <summary>Checks ranges and combinations.</summary>
    /// <param name="require">Called for each check: whether it holds, the key, and what is wrong otherwise. May throw.</param>
    internal void Validate(Action<bool, string, string> require)
    {
        require(Epochs is null or >= 1, nameof(Epochs), $"must be at least 1, not {Epochs}");
        require(
            LearningRate is null or (> 0 and <= float.MaxValue),
            nameof(LearningRate),
            $"must be a positive number, at most 3.4e38 (float32), not {LearningRate}");
        require(First is null or >= 1, nameof(First), $"must be at least 1, not {First}");
        require(LayerPatterns is null || First is null, nameof(First), "excludes names of layers: choose them one way");
        require(Mode is not null || (LayerPatterns is null && First is null), nameof(Mode), "is missing for the layers that are chosen");
    }
}
