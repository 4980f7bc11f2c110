using System.Globalization;
using System.Text;
using PSTransfer.Core.Models;
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

    /// <summary>Each option by its parameter's name; an empty value is a switch.</summary>
    private static IEnumerable<(string Name, string Value)> All(TrainingOptions options)
    {
        yield return (nameof(options.Epochs), Text(options.Epochs));
        if (options.StepsPerEpoch is { } steps)
        {
            yield return (nameof(options.StepsPerEpoch), Text(steps));
        }

        yield return (nameof(options.BatchSize), Text(options.BatchSize));
        yield return (nameof(options.Optimizer), $"{options.Optimizer}");
        yield return (nameof(options.LearningRate), Text(options.Rate));
        yield return (nameof(options.Schedule), $"{options.Schedule}");
        yield return (nameof(options.Momentum), Text(options.Momentum));
        if (options.Nesterov)
        {
            yield return (nameof(options.Nesterov), string.Empty);
        }

        yield return (nameof(options.WeightDecay), Text(options.Decay));
        if (options.BatchNormMomentum is { } momentum)
        {
            yield return (nameof(options.BatchNormMomentum), Text(momentum));
        }

        yield return (nameof(options.Loss), $"{options.Loss}");
        if (options.Augmentation is { } augmentation)
        {
            yield return (nameof(options.Augmentation), string.Join(", ", Changes(augmentation)));
        }

        yield return (nameof(options.Seed), Text(options.Seed));
        if (options.EarlyStopping is { } patience)
        {
            yield return (nameof(options.EarlyStopping), Text(patience));
        }

        if (options.CheckpointPath is { } path)
        {
            yield return (nameof(options.CheckpointPath), Quote(path));
        }

        if (options.Resume)
        {
            yield return (nameof(options.Resume), string.Empty);
        }

        if (options.Strict)
        {
            yield return (nameof(options.Strict), string.Empty);
        }
    }

    private static IEnumerable<string> Changes(Data.Augmentation augmentation)
    {
        if (augmentation.Flip)
        {
            yield return "Flip";
        }

        if (augmentation.Rotation > 0)
        {
            yield return $"Rotation:{Text(augmentation.Rotation)}";
        }

        if (augmentation.Crop > 0)
        {
            yield return $"Crop:{Text(augmentation.Crop)}";
        }
    }

    private static string Parameters(Head head) =>
        Invariant($"-ClassCount {head.ClassCount} -Pooling {head.Pooling}")
        + (head.HiddenUnits.Count == 0 ? string.Empty : $" -HiddenUnits {string.Join(", ", head.HiddenUnits)}")
        + (head.Dropout == 0 ? string.Empty : $" -Dropout {Text(head.Dropout)}");

    private static string Comment(string variable, DatasetSummary images) =>
        Plain.Text(Invariant($"# {variable}: {Plain.Name(images.Name)}, {images.Count} images, Import-ImageDataset {Quote(images.Source)}"));

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>PowerShell takes typographic quotes for quotes too.</summary>
    private static string Quote(string text) =>
        $"'{string.Concat(text.Select(letter => letter is '\'' or '\u2018' or '\u2019' or '\u201A' or '\u201B' ? $"{letter}{letter}" : $"{letter}"))}'";
}
