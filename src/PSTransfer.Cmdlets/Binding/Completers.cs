using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using PSTransfer.Core;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Experiments;
using PSTransfer.Core.Freezing;
using PSTransfer.Core.Models;
using PSTransfer.Core.Native;

namespace PSTransfer.Binding;

/// <summary>Completes a parameter from a list of names that depends, at most, on what is bound already.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var pattern = new WildcardPattern(wordToComplete.Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
        return Names(WithPipelineInput(fakeBoundParameters, commandAst))
            .Where(name => pattern.IsMatch(name))
            .Select(name => new CompletionResult(name.Contains(' ', StringComparison.Ordinal) || !Printable.IsPrintable(name) ? Printable.Quoted(name) : name, Printable.Line(name), CompletionResultType.ParameterValue, Printable.Line(name)));
    }

    /// <summary>Asks the session, which is busy completing: its state can be had by a nested script only.</summary>
    private protected static PSObject? Evaluate(string script, params object[] arguments)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace).AddScript(script);
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        return shell.Invoke() is [var only] ? only : null;
    }

    /// <summary>The engine evaluates `-Model $model`, but not `$model | ...`, which is how models are given mostly.</summary>
    private static IDictionary WithPipelineInput(IDictionary bound, CommandAst command)
    {
        if (!bound.Contains("Model")
            && command.Parent is PipelineAst { PipelineElements: [CommandExpressionAst { Expression: VariableExpressionAst variable }, var second, ..] }
            && second == command)
        {
            bound["Model"] = Evaluate(variable.Extent.Text);
        }

        return bound;
    }

    /// <summary>The names to choose from.</summary>
    protected abstract IEnumerable<string> Names(IDictionary bound);
}

/// <summary>Backbones.</summary>
public sealed class BackboneCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => BackboneCatalogue.All.Select(spec => spec.Name);
}

/// <summary>Weights that the bound backbones know by name.</summary>
public sealed class WeightsCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) =>
        BackboneCatalogue.All.Where(spec => Given(bound["Name"]).Contains(spec.Name, StringComparer.OrdinalIgnoreCase)).SelectMany(spec => spec.Weights).Distinct();

    private static IEnumerable<string?> Given(object? names) => names is IEnumerable list and not string ? list.Cast<object?>().Select(name => name?.ToString()) : [names as string];
}

/// <summary>Frameworks and their eras.</summary>
public sealed class FrameworkCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => FrameworkEra.All.Select(era => era.Name);
}

/// <summary>Layers of the bound model.</summary>
public class LayerCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => Bound<TransferModel>(bound, "Model") is { } model ? Names(model.Network) : [];

    /// <summary>The names to choose from.</summary>
    private protected virtual IEnumerable<string> Names(TransferNetwork network) => network.Layers.Select(layer => layer.Name);

    private static T? Bound<T>(IDictionary bound, string name)
        where T : class => bound[name] is PSObject wrapped ? wrapped.BaseObject as T : bound[name] as T;
}

/// <summary>BatchNorm layers of the bound model.</summary>
public sealed class BatchNormCompleter : LayerCompleter
{
    /// <inheritdoc/>
    private protected override IEnumerable<string> Names(TransferNetwork network) => network.BatchNorms.Select(layer => layer.Name);
}

/// <summary>Layers of the bound model's backbone.</summary>
public sealed class BackboneLayerCompleter : LayerCompleter
{
    /// <inheritdoc/>
    private protected override IEnumerable<string> Names(TransferNetwork network) => network.Backbone.Layers.Select(layer => layer.Name);
}

/// <summary>Kinds of layers.</summary>
public sealed class LayerKindCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) =>
        ["Add", "AveragePool", "BatchNorm", "Conv", "Dense", "Dropout", "Flatten", "GlobalAveragePool", "GlobalMaxPool", "Input", "MaxPool", "Relu", "Relu6", "ZeroPadding"];
}

/// <summary>Classes of an image folder: the names of its subfolders.</summary>
public sealed class ClassCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) =>
        (bound["Path"] ?? bound["LiteralPath"])?.ToString() is { } path
            && Evaluate("$ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($args[0])", path)?.BaseObject is string full && Directory.Exists(full)
            ? Directory.EnumerateDirectories(full).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)
            : [];
}

/// <summary>Devices.</summary>
public sealed class DeviceCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => ComputeDevice.List().Where(device => device.Available).Select(device => device.Name);
}

/// <summary>Augmentations.</summary>
public sealed class AugmentationCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => AugmentationNames.All;
}

/// <summary>Where features can be kept, a path aside.</summary>
public sealed class FeatureCacheCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => ["Auto", "Off"];
}

/// <summary>Class weights that needn't be spelt out.</summary>
public sealed class ClassWeightCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => ["Auto"];
}

/// <summary>Keys of an experiment, and the values of those that have a few.</summary>
public sealed class ExperimentSettingCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        ExperimentCompletion.Of(wordToComplete.Trim('\'', '"')).Select(one => new CompletionResult(one.Text, one.Text, CompletionResultType.ParameterValue, one.Help));
}
