using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using PSTransfer.Core;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Data.Formats;
using PSTransfer.Core.Experiments;
using PSTransfer.Core.Models;
using PSTransfer.Core.Models.Matching;
using PSTransfer.Core.Native;
using PSTransfer.Core.Networks.Description;
using PSTransfer.Core.Text;

namespace PSTransfer.Binding;

/// <summary>Completes a parameter from a list of names that depends, at most, on the parameters already bound.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = PowerShellQuoting.Unquote(wordToComplete);
        var pattern = typed.AsSpan().IndexOfAny('*', '?') < 0
            ? null
            : new WildcardPattern($"{typed.Replace("[", "`[", StringComparison.Ordinal)}*", WildcardOptions.IgnoreCase);
        return Names(WithPipelineInput(fakeBoundParameters, commandAst))
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase) || pattern?.IsMatch(name) == true)
            .Select(name => Result(name, name));
    }

    /// <summary>Makes a completion: a text, quoted if the command line needs it, with its tooltip.</summary>
    internal static CompletionResult Result(string text, string help) =>
        new(PowerShellQuoting.Argument(text), Shown(text), CompletionResultType.ParameterValue, Shown(help));

    /// <summary>Makes a text fit for the list of completions: not empty, and without characters that a terminal obeys.</summary>
    private static string Shown(string text) => text.Length == 0 ? " " : Printable.Line(text);

    /// <summary>Evaluates a script in the session. The session is busy completing, so only a nested script can read its state.</summary>
    private protected static PSObject? Evaluate(string script, params object[] arguments)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace).AddScript(script);
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        return shell.Invoke() is [var only] ? only : null;
    }

    /// <summary>
    /// Adds the model from the pipeline. The engine evaluates `-Model $model` but not `$model | ...`, the usual way to give a model.
    /// </summary>
    private static IDictionary WithPipelineInput(IDictionary bound, CommandAst command)
    {
        if (!bound.Contains("Model")
            && command.Parent is PipelineAst
            {
                PipelineElements: [CommandExpressionAst { Expression: VariableExpressionAst variable }, var second, ..]
            }
            && second == command)
        {
            bound["Model"] = Evaluate(variable.Extent.Text);
        }

        return bound;
    }

    /// <summary>The names to choose from.</summary>
    protected abstract IEnumerable<string> Names(IDictionary bound);
}

/// <summary>Completes the names of backbones.</summary>
public sealed class BackboneCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => BackboneCatalogue.All.Select(spec => spec.Name);
}

/// <summary>Completes the weights that the bound backbones know by name.</summary>
public sealed class WeightsCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) =>
        BackboneCatalogue.All.Where(spec => Given(bound["Name"]).Contains(spec.Name, StringComparer.OrdinalIgnoreCase))
            .SelectMany(spec => spec.Weights)
            .Distinct();

    private static IEnumerable<string?> Given(object? names) =>
        names is IEnumerable list and not string ? list.Cast<object?>().Select(name => name?.ToString()) : [names as string];
}

/// <summary>Completes the sets of weights in the bound file that fit the bound backbone.</summary>
public sealed class WeightSetCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound)
    {
        if (bound["Name"]?.ToString() is not { } name || bound["Weights"]?.ToString() is not { } weights
            || BackboneCatalogue.All.FirstOrDefault(spec => spec.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } spec
            || Evaluate(
                "$ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($args[0])",
                weights)?.BaseObject is not string path)
        {
            return [];
        }

        try
        {
            return BackboneWeights.SetsIn(spec, path, WeightFormat.Auto);
        }
        catch (PSTransferException)
        {
            return [];
        }
    }
}

/// <summary>Completes the names of frameworks and their eras.</summary>
public sealed class FrameworkCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => FrameworkEra.All.Select(era => era.Name);
}

/// <summary>Completes the layers of the bound model.</summary>
public class LayerCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) =>
        LanguagePrimitives.TryConvertTo<TransferModel>(bound["Model"], out var model) && model is not null ? Names(model.Network) : [];

    /// <summary>The names to choose from.</summary>
    private protected virtual IEnumerable<string> Names(TransferNetwork network) => network.Layers.Select(layer => layer.Name);
}

/// <summary>Completes the BatchNorm layers of the bound model.</summary>
public sealed class BatchNormCompleter : LayerCompleter
{
    /// <inheritdoc/>
    private protected override IEnumerable<string> Names(TransferNetwork network) => network.BatchNorms.Select(layer => layer.Name);
}

/// <summary>Completes the layers of the bound model's backbone.</summary>
public sealed class BackboneLayerCompleter : LayerCompleter
{
    /// <inheritdoc/>
    private protected override IEnumerable<string> Names(TransferNetwork network) => network.Backbone.Layers.Select(layer => layer.Name);
}

/// <summary>Completes the kinds of layers.</summary>
public sealed class LayerKindCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) =>
        LayerKinds.All;
}

/// <summary>Completes the classes of an image folder, which are the names of its subfolders.</summary>
public sealed class ClassCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound)
    {
        try
        {
            return (bound["Path"] ?? bound["LiteralPath"])?.ToString() is { } path
                && Evaluate(
                    "$ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($args[0])", path)?.BaseObject is string full
                && Directory.Exists(full)
                ? ClassFolders.Of(full)
                : [];
        }
        catch (PSTransferException)
        {
            return []; // importing the folder will report the fault
        }
    }
}

/// <summary>Completes the names of devices.</summary>
public sealed class DeviceCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) =>
        ComputeDevice.List().Where(device => device.Available).Select(device => device.Name);
}

/// <summary>Completes the names of augmentations.</summary>
public sealed class AugmentationCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => AugmentationNames.All;
}

/// <summary>Completes the places where features can be kept, apart from paths.</summary>
public sealed class FeatureCacheCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => ["Auto", "Off"];
}

/// <summary>Completes the class weights that have a name.</summary>
public sealed class ClassWeightCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Names(IDictionary bound) => ["Auto"];
}

/// <summary>Completes the keys of an experiment, and the values of keys that have only a few.</summary>
public sealed class ExperimentSettingCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        ExperimentCompletion.Of(PowerShellQuoting.Unquote(wordToComplete)).Select(one => NameCompleter.Result(one.Text, one.Help));
}
