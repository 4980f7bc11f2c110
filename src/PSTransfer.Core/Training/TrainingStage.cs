namespace PSTransfer.Core.Training;

/// <summary>
/// A part of a run: some layers get a mode, then so many epochs follow. Layers that it doesn't name keep the mode that they have from before.
/// Each stage has its own optimiser, schedule and patience; epochs are numbered through.
/// </summary>
public sealed record TrainingStage
{
    /// <summary>The mode of its layers; null changes none.</summary>
    public FreezeMode? Mode { get; init; }

    /// <summary>Wildcard patterns on layer names, head included; null means the whole backbone. Needs a mode.</summary>
    public IReadOnlyList<string>? LayerPatterns { get; init; }

    /// <summary>The first n layers in the model's order, in the place of patterns. Needs a mode.</summary>
    public int? First { get; init; }

    /// <summary>Passes over the data, at least 1; null for the run's.</summary>
    public int? Epochs { get; init; }

    /// <summary>Positive; null for the run's.</summary>
    public double? LearningRate { get; init; }

    /// <summary>What it is, in one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Mode?.ToString() ?? "modes as before"}{(LayerPatterns is null ? string.Empty : $" on {string.Join(", ", LayerPatterns)}")}{(First is null ? string.Empty : $" on the first {First} layers")}, {Epochs} epochs, LearningRate {LearningRate}");

    /// <summary>Checks ranges and combinations.</summary>
    /// <param name="require">Told of each: whether it holds, the key, and what is wrong with it otherwise. May throw.</param>
    internal void Validate(Action<bool, string, string> require)
    {
        RequireInRange(nameof(Epochs));
        RequireInRange(nameof(LearningRate));
        RequireInRange(nameof(First));
        require(LayerPatterns is null || First is null, nameof(First), "excludes names of layers: choose them one way");
        require(Mode is not null || (LayerPatterns is null && First is null), nameof(Mode), "is missing for the layers that are chosen");

        void RequireInRange(string name) => TrainingSettings.Stage.First(setting => setting.Name == name).RequireInRange(this, require);
    }
}
