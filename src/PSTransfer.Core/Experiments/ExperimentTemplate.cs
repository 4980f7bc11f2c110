using System.Text;
using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Experiments;

/// <summary>
/// Writes an experiment to begin with. The file has every key with its purpose. The most important keys are set. The others are commented
/// out, at their defaults.
/// </summary>
public static class ExperimentTemplate
{
    private const int HelpColumn = 40;

    private static readonly JsonObject Schema = ExperimentKeys.Root.Schema();

    private static readonly Dictionary<string, string> Set = new()
    {
        ["name"] = "photos",
        ["seed"] = $"{Defaults.Seed}",
        ["data.path"] = "photos",
        ["data.split"] = "{ validation: 0.2 }",
        ["backbone.name"] = "resnet18",
        ["backbone.weights"] = "imagenet",
        ["head.classCount"] = "2",
        ["freeze.mode"] = "Inference",
        ["train.epochs"] = "5",
        ["train.optimizer"] = "Adam",
        ["evaluate.learningPhase"] = "true",
        ["output"] = "results",
    };

    /// <summary>Sample values of keys that are commented out and have no default.</summary>
    private static readonly Dictionary<string, string> Samples = new()
    {
        ["data.table"] = "labels.csv",
        ["data.label"] = "kind",
        ["data.basePath"] = "photos",
        ["data.class"] = "[cat, dog]",
        ["data.samplesPerClass"] = "100",
        ["data.imageSize"] = "224",
        ["data.resize"] = "Crop",
        ["data.validation"] = "same",
        ["backbone.weightSet"] = "state_dict_ema",
        ["backbone.inputShape"] = "[224, 224, 3]",
        ["head.hiddenUnits"] = "[256]",
        ["freeze.framework"] = "TensorFlow2",
        ["freeze.layer"] = "\"layer4*\"",
        ["freeze.first"] = "10",
        ["train.stepsPerEpoch"] = "100",
        ["train.learningRate"] = "0.001",
        ["train.decayEpochs"] = "2",
        ["train.decayFactor"] = "0.1",
        ["train.layerRate"] = "{ \"head.*\": 10 }",
        ["train.weightDecay"] = "0.01",
        ["train.clipNorm"] = "1",
        ["train.weightAverage"] = "0.99",
        ["train.batchNormMomentum"] = "0.9",
        ["train.classWeight"] = "Auto",
        ["train.augmentation"] = "[Light]",
        ["train.earlyStopping"] = "3",
        ["train.stages"] = "[{ epochs: 2 }, { mode: None, learningRate: 0.0001 }]",
        ["train.checkpointPath"] = "results/{run}/checkpoint.safetensors",
        ["train.cachedDraws"] = "4",
        ["train.logPath"] = "results/{run}/epochs.jsonl",
        ["train.tensorBoardPath"] = "results/{run}/events",
        ["evaluate.save"] = "results/{run}/model.safetensors",
        ["matrix"] = "{ freeze.mode: [Legacy, Inference], train.seed: [1, 2, 3] }",
    };

    /// <summary>Writes the file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="schema">The JSON Schema for editors; null for none.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <exception cref="PSTransferException">AlreadyExists, NotFound (the folder), or WriteFailed.</exception>
    public static void Write(string path, string? schema, bool overwrite)
    {
        AtomicFile.RequireEnding(path, "Path", "an experiment", ".yml", ".yaml");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var text = Text(schema is null ? null : Path.GetRelativePath(folder, schema).Replace('\\', '/'));
        AtomicFile.Write(path, overwrite, text);
    }

    /// <summary>Makes the text of the file.</summary>
    /// <param name="schema">The path of the schema, for the first line; null for no such line.</param>
    internal static string Text(string? schema)
    {
        var text = new StringBuilder();
        _ = schema is null ? text : text.Append($"# yaml-language-server: $schema={schema}\n");
        text.Append("# Test-Experiment checks this file, Invoke-Experiment runs it. Relative paths count from its folder.\n");
        foreach (var key in ExperimentKeys.Root.Keys)
        {
            text.Append('\n');
            if (key.Keys.Count == 0)
            {
                text.Append($"# {key.Help}\n{Line(key.Name, Value(key.Name), !Set.ContainsKey(key.Name))}\n");
                continue;
            }

            text.Append($"# {key.Help}\n{key.Name}:\n");
            foreach (var own in key.Keys)
            {
                var path = $"{key.Name}.{own.Name}";
                text.Append($"  {Line(own.Name, Value(path), !Set.ContainsKey(path)).PadRight(HelpColumn)} # {own.Help}\n");
            }
        }

        return text.ToString();

        static string Line(string name, string value, bool comment) => $"{(comment ? "# " : string.Empty)}{name}: {value}";
    }

    private static string Value(string path) =>
        Set.GetValueOrDefault(path) ?? Samples.GetValueOrDefault(path) ?? Default(path) ?? string.Empty;

    private static string? Default(string path) =>
        path.Split('.').Aggregate<string, JsonNode?>(Schema, (node, name) => node?["properties"]?[name])?["default"]?.ToString();
}
