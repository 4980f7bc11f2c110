namespace PSTransfer.Core.Training;

/// <summary>
/// A part of a run, which sets the mode of some layers and then trains for some epochs. Layers that the stage doesn't name keep their mode.
/// Each stage has its own optimiser, schedule and patience. Epochs are numbered through all stages.
/// </summary>
public sealed record TrainingStage
{
    /// <summary>The names of a stage's settings, as users write them.</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. TrainingSettings.Stage.Select(setting => setting.Name)];

    /// <summary>The mode that the stage's layers get. Null changes no mode.</summary>
    public FreezeMode? Mode { get; init; }

    /// <summary>Wildcard patterns on layer names, head included. Needs a mode. Null means the whole backbone.</summary>
    public IReadOnlyList<string>? LayerPatterns { get; init; }

    /// <summary>How many layers, from the first in the model's order. Needs a mode, and excludes patterns.</summary>
    public int? First { get; init; }

    /// <summary>Passes over the data, at least 1. Null means the run's.</summary>
    public int? Epochs { get; init; }

    /// <summary>The learning rate, positive. Null means the run's.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The stage in one line. Checkpoints keep this text: a run goes on only from the same one.</summary>
    public override string ToString()
    {
        var layers = LayerPatterns is null ? string.Empty : $" on {string.Join(", ", LayerPatterns)}";
        var first = First is null ? string.Empty : $" on the first {First} layers";
        return $"{Mode?.ToString() ?? "modes as before"}{layers}{first}, {Epochs} epochs, LearningRate {LearningRate}";
    }

    /// <summary>Checks ranges and combinations.</summary>
    /// <param name="require">Takes of each check whether it holds, the key, and what is wrong otherwise. May throw.</param>
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
