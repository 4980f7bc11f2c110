using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training;

namespace PSTransfer.Core.Reports;

/// <summary>Writes PowerShell that repeats a run. Text from files is quoted, so that it can't end its quotes or its comment.</summary>
internal static class RerunScript
{
    private static readonly TrainingOptions _default = new();

    /// <summary>The settings in the order of a command line.</summary>
    private static readonly IReadOnlyList<Setting<TrainingOptions>> _settings = TrainingSettings.Reordered(
        ("WarmupSteps", "DecayFactor"), ("Stage", "LayerRate"), ("Momentum", "WeightAverage"), ("Nesterov", "Momentum"),
        ("WeightDecay", "Nesterov"), ("FeatureCache", "TensorBoardPath"), ("Resume", "CheckpointPath"));

    /// <summary>The script's lines, from the backbone to the report.</summary>
    public static string Of(TrainingReport report)
    {
        var model = report.Model;
        var mode = model.FreezeMode == "Mixed" ? "None  # layers have several modes: see Get-ModelLayer" : model.FreezeMode;
        var script = new StringBuilder();
        script.AppendLine(Comment("$training", report.Dataset));
        if (report.ValidationDataset is { } validation)
        {
            script.AppendLine(Comment("$validation", validation));
        }

        var images = report.ValidationDataset is null ? "-Dataset $training" : "-Dataset $training -ValidationDataset $validation";

        // A network of no table was read from a file, whose name the model has.
        var network = BackboneCatalogue.All.Any(spec => spec.Name == model.Backbone)
            ? $"{model.Backbone} -Weights $weights"
            : $"{PowerShellQuoting.Quoted($"{model.Backbone}.onnx")} -Preprocessing $preprocessing";
        script.AppendLine($"$model = New-Backbone {network} -InputShape {string.Join(", ", model.InputShape)}");
        script.AppendLine($"$model = $model | Add-ClassifierHead {Parameters(model.Head)} | Set-FreezeMode {mode}");
        if (report.Options is { } options)
        {
            var parameters = Changed(options).Select(option => $" -{option.Name}{(option.Value.Length == 0 ? "" : $" {option.Value}")}");
            script.AppendLine($"$run = $model | Invoke-FineTune {images}{string.Concat(parameters)}");
            script.Append("$run | Export-TrainingReport report.html");
        }
        else
        {
            script.Append($"$model | Export-TrainingReport report.html {images}");
        }

        return script.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>Describes a head in words.</summary>
    public static string Describe(Head head)
    {
        var units = head.HiddenUnits.Count == 0 ? "none" : string.Join(", ", head.HiddenUnits);
        var logits = head.ClassCount == 1 ? "logit" : "logits";
        return $"{head.ClassCount} {logits}, {head.Pooling} pooling, hidden units {units}, dropout {head.Dropout}";
    }

    /// <summary>All options with their values, defaults included. Empty where the options aren't known.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Options(TrainingOptions? options) => options is null ? [] :
    [
        .. All(options).Select(option =>
            (IReadOnlyList<string>)[$"-{option.Name}", option.Value.Length == 0 ? "on" : Plain.Text(option.Value)]),
    ];

    /// <summary>The options that the script names: the most important ones, and all that aren't at their defaults.</summary>
    private static IEnumerable<(string Name, string Value)> Changed(TrainingOptions options)
    {
        var byDefault = All(_default).ToDictionary();
        return All(options).Where(option => option.Name is "Epochs" or "BatchSize" or "Optimizer" or "LearningRate" or "Seed"
            || !byDefault.TryGetValue(option.Name, out var value) || value != option.Value);
    }

    /// <summary>Each option that has a value, by its parameter's name and typed as its argument; an empty argument is a switch.</summary>
    private static IEnumerable<(string Name, string Value)> All(TrainingOptions options) => _settings
        .Select(setting => (setting.Name, Value: Typed(setting.Used(options))))
        .Where(option => option.Value is not null)
        .Select(option => (option.Name, option.Value!));

    /// <summary>A value as a parameter's argument; null for no value and for a switch that is off.</summary>
    private static string? Typed(object? value) => value switch
    {
        bool on => on ? string.Empty : null,
        string path => Quote(path),
        IReadOnlyDictionary<string, double> table when table == TrainingSettings.Balanced => TrainingSettings.Auto,
        IReadOnlyDictionary<string, double> table => Table(table.Select(pair => (Quote(pair.Key), Text(pair.Value)))),
        IReadOnlyList<string> texts => string.Join(", ", texts),
        IReadOnlyList<TrainingStage> stages => string.Join(", ", stages.Select(Table)),
        _ => Text((IFormattable?)value),
    };

    private static string Table(TrainingStage stage) => Table(TrainingSettings.Stage
        .Select(setting => (setting.Name, Value: InTable(setting.Used(stage))))
        .Where(entry => entry.Value is not null)
        .Select(entry => (entry.Name, entry.Value!)));

    private static string Table(IEnumerable<(string Name, string Value)> entries) =>
        $"@{{ {string.Join("; ", entries.Select(entry => $"{entry.Name} = {entry.Value}"))} }}";

    /// <summary>A value within a table, which is an expression: words stand in quotes there.</summary>
    private static string? InTable(object? value) => value switch
    {
        Enum word => $"'{word}'",
        IReadOnlyList<string> texts => string.Join(", ", texts.Select(Quote)),
        _ => Typed(value),
    };

    private static string Parameters(Head head) =>
        $"-ClassCount {head.ClassCount} -Pooling {head.Pooling}"
        + (head.HiddenUnits.Count == 0 ? string.Empty : $" -HiddenUnits {string.Join(", ", head.HiddenUnits)}")
        + (head.Dropout == 0 ? string.Empty : $" -Dropout {Text(head.Dropout)}");

    private static string Comment(string variable, DatasetSummary images) =>
        Plain.Text($"# {variable}: {Plain.Name(images.Name)}, {images.Count} images, Import-ImageDataset {Quote(images.Source)}"
        + (images.Resize is { } rule ? $" -Resize {rule}" : string.Empty));

    [return: NotNullIfNotNull(nameof(value))]
    private static string? Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture);

    private static string Quote(string text) => PowerShellQuoting.Quoted(text);
}
