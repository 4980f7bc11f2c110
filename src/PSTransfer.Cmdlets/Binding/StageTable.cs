using System.Collections;
using System.Management.Automation;
using PSTransfer.Core;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training;

namespace PSTransfer.Binding;

/// <summary>Reads -Stage: a hashtable for each stage, or an object with the same properties.</summary>
internal static class StageTable
{
    private const string Parameter = "Stage";
    private static readonly string[] Keys = [.. TrainingStage.Keys];

    /// <summary>Reads the stages of a run.</summary>
    /// <exception cref="PSTransferException">A key is unknown, or its value doesn't suit it; the message names stage and key.</exception>
    public static IReadOnlyList<TrainingStage> Read(object[] stages) => [.. stages.Select((stage, index) => Read(stage, index + 1))];

    private static TrainingStage Read(object stage, int number)
    {
        if (Table.Unwrap(stage) is string or ValueType or Array)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"-{Parameter} {number} is '{Table.Shown(stage)}': a stage takes @{{ Mode = 'Inference'; "
                + $"Epochs = 5 }}, with the keys {string.Join(", ", Keys)}.",
                Parameter);
        }

        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in Entries(stage))
        {
            if (!Keys.Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                throw new PSTransferException(
                    FaultKind.InvalidArgument,
                    $"-{Parameter} {number}: a stage has no '{key}'. {Nearest.Hint(key, Keys)} It takes {string.Join(", ", Keys)}.",
                    Parameter);
            }

            values[key] = value;
        }

        return new TrainingStage
        {
            Mode = Value<FreezeMode?>("Mode", value => To<FreezeMode>(value, "Mode")),
            LayerPatterns = Value<string[]?>("Layer", value => To<string[]>(value, "Layer")),
            First = Value<int?>("First", value => To<int>(value, "First")),
            Epochs = Value<int?>("Epochs", value => To<int>(value, "Epochs")),
            LearningRate = Value<double?>("LearningRate", value => To<double>(value, "LearningRate")),
        };

        T? Value<T>(string key, Func<object, T> convert) => values.GetValueOrDefault(key) is { } value ? convert(value) : default;

        T To<T>(object value, string key) => Table.To<T>(value, key, $"{Parameter} {number}:");
    }

    private static IEnumerable<(string Key, object? Value)> Entries(object stage) => Table.Unwrap(stage) is IDictionary table
        ? table.Keys.Cast<object>().Select(key => ($"{key}", table[key]))
        : PSObject.AsPSObject(stage).Properties.Select(property => (property.Name, (object?)property.Value));
}
