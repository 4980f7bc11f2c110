using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training;
using static System.FormattableString;

namespace PSTransfer.Core.Reports;

/// <summary>PowerShell that does the same run again. What comes from files can't leave its quotes or its comment.</summary>
internal static class RerunScript
{
    private static readonly TrainingOptions _default = new();

    /// <summary>The lines from the backbone to the report.</summary>
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
        script.AppendLine(Invariant($"$model = New-Backbone {model.Backbone} -Weights $weights -InputShape {string.Join(", ", model.InputShape)}"));
        script.AppendLine($"$model = $model | Add-ClassifierHead {Parameters(model.Head)} | Set-FreezeMode {mode}");
        if (report.Options is { } options)
        {
            script.AppendLine($"$run = $model | Invoke-FineTune {images}{string.Concat(Changed(options).Select(option => $" -{option.Name}{(option.Value.Length == 0 ? "" : $" {option.Value}")}"))}");
            script.Append("$run | Export-TrainingReport report.html");
        }
        else
        {
            script.Append($"$model | Export-TrainingReport report.html {images}");
        }

        return script.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>A head in words.</summary>
    public static string Describe(Head head) => Invariant(
        $"{head.ClassCount} {(head.ClassCount == 1 ? "logit" : "logits")}, {head.Pooling} pooling, hidden units {(head.HiddenUnits.Count == 0 ? "none" : string.Join(", ", head.HiddenUnits))}, dropout {head.Dropout}");

    /// <summary>All options with their values, defaults included; none where they aren't known.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Options(TrainingOptions? options) => options is null ? [] :
    [
        .. All(options).Select(option => (IReadOnlyList<string>)[$"-{option.Name}", option.Value.Length == 0 ? "on" : Plain.Text(option.Value)]),
    ];

    private static IEnumerable<(string Name, string Value)> Changed(TrainingOptions options)
    {
        var byDefault = All(_default).ToDictionary();
        return All(options).Where(option => option.Name is "Epochs" or "BatchSize" or "Optimizer" or "LearningRate" or "Seed"
            || !byDefault.TryGetValue(option.Name, out var value) || value != option.Value);
    }

    /// <summary>Each option that is set, by its parameter's name; an empty value is a switch.</summary>
    private static IEnumerable<(string Name, string Value)> All(TrainingOptions options) =>
        new (string Name, string? Value)[]
        {
            (nameof(options.Epochs), Text(options.Epochs)),
            (nameof(options.StepsPerEpoch), Text(options.StepsPerEpoch)),
            (nameof(options.BatchSize), Text(options.BatchSize)),
            (nameof(options.Optimizer), $"{options.Optimizer}"),
            (nameof(options.LearningRate), Text(options.Rate)),
            (nameof(options.Schedule), $"{options.Schedule}"),
            (nameof(options.DecayEpochs), Text(options.DecayEpochs)),
            (nameof(options.DecayFactor), Text(options.DecayFactor)),
            (nameof(options.WarmupSteps), Text(options.WarmupSteps)),
            ("LayerRate", Table(options.LayerRates)),
            ("Stage", options.Stages.Count == 0 ? null : string.Join(", ", options.Stages.Select(Table))),
            (nameof(options.ClipNorm), Text(options.ClipNorm)),
            (nameof(options.AccumulationSteps), Text(options.AccumulationSteps)),
            (nameof(options.WeightAverage), Text(options.WeightAverage)),
            (nameof(options.Momentum), Text(options.Momentum)),
            (nameof(options.Nesterov), Switch(options.Nesterov)),
            (nameof(options.WeightDecay), Text(options.Decay)),
            (nameof(options.BatchNormMomentum), Text(options.BatchNormMomentum)),
            (nameof(options.Precision), $"{options.Precision}"),
            (nameof(options.Loss), $"{options.Loss}"),
            (nameof(options.LabelSmoothing), Text(options.LabelSmoothing)),
            ("ClassWeight", options.BalanceClasses ? "Auto" : Table(options.ClassWeights)),
            (nameof(options.Augmentation), options.Augmentation?.ToString()),
            (nameof(options.CachedDraws), Text(options.CachedDraws)),
            (nameof(options.Seed), Text(options.Seed)),
            (nameof(options.EarlyStopping), Text(options.EarlyStopping)),
            (nameof(options.RestoreBest), Switch(options.RestoreBest)),
            (nameof(options.CheckpointPath), options.CheckpointPath is { } path ? Quote(path) : null),
            (nameof(options.Resume), Switch(options.Resume)),
            (nameof(options.LogPath), options.LogPath is { } log ? Quote(log) : null),
            (nameof(options.TensorBoardPath), options.TensorBoardPath is { } board ? Quote(board) : null),
            (nameof(options.FeatureCache), Quote(options.FeatureCache)),
            (nameof(options.Strict), Switch(options.Strict)),
        }
        .Where(option => option.Value is not null)
        .Select(option => (option.Name, option.Value!));

    private static string? Switch(bool on) => on ? string.Empty : null;

    private static string? Table(IReadOnlyDictionary<string, double>? numbers) =>
        numbers is null ? null : $"@{{ {string.Join("; ", numbers.Select(pair => $"{Quote(pair.Key)} = {Text(pair.Value)}"))} }}";

    private static string Table(TrainingStage stage)
    {
        (string Name, string? Value)[] entries =
        [
            (nameof(stage.Mode), stage.Mode is { } mode ? $"'{mode}'" : null),
            ("Layer", stage.LayerPatterns is { } patterns ? string.Join(", ", patterns.Select(Quote)) : null),
            (nameof(stage.First), Text(stage.First)),
            (nameof(stage.Epochs), Text(stage.Epochs)),
            (nameof(stage.LearningRate), Text(stage.LearningRate)),
        ];
        return $"@{{ {string.Join("; ", entries.Where(entry => entry.Value is not null).Select(entry => $"{entry.Name} = {entry.Value}"))} }}";
    }

    private static string Parameters(Head head) =>
        Invariant($"-ClassCount {head.ClassCount} -Pooling {head.Pooling}")
        + (head.HiddenUnits.Count == 0 ? string.Empty : $" -HiddenUnits {string.Join(", ", head.HiddenUnits)}")
        + (head.Dropout == 0 ? string.Empty : $" -Dropout {Text(head.Dropout)}");

    private static string Comment(string variable, DatasetSummary images) =>
        Plain.Text(Invariant($"# {variable}: {Plain.Name(images.Name)}, {images.Count} images, Import-ImageDataset {Quote(images.Source)}")
        + (images.Resize is { } rule ? $" -Resize {rule}" : string.Empty));

    [return: NotNullIfNotNull(nameof(value))]
    private static string? Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture);

    private static string Quote(string text) => PowerShellQuoting.Quoted(text);
}
