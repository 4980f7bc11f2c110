using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Everything that must be the same for a run to go on from a checkpoint.</summary>
/// <param name="Settings">The texts of options by the names of their parameters.</param>
/// <param name="Modes">The mode of each layer in the first stage, by the layer's name. The optimiser holds the layers that learn.</param>
/// <param name="Classes">The names of the classes, by label.</param>
/// <param name="Training">The images to train on.</param>
/// <param name="Validation">The images to validate on; null for none.</param>
internal sealed record RunIdentity(
    IReadOnlyDictionary<string, string> Settings,
    IReadOnlyDictionary<string, FreezeMode> Modes,
    IReadOnlyList<string> Classes,
    ImagesIdentity Training,
    ImagesIdentity? Validation)
{
    /// <summary>The settings that are part of the identity, in the order in which checkpoints keep them and errors name them.</summary>
    private static readonly Setting<TrainingOptions>[] _settings =
    [
        .. TrainingSettings.Reordered(
            ("LayerRate", "LearningRate"), ("BatchSize", "BatchNormMomentum"), ("StepsPerEpoch", "BatchSize"), ("Seed", "ClassWeight"),
            ("EarlyStopping", "Stage"))
            .Where(setting => setting.IsIdentity),
    ];

    /// <summary>Makes the identity of a run.</summary>
    /// <param name="network">The model, with the modes of the first stage.</param>
    /// <param name="o">The options of the run.</param>
    /// <param name="images">The images to train on, of the model's shape.</param>
    /// <param name="unseen">The images to validate on, of the model's shape; null for none.</param>
    /// <param name="stepsPerEpoch">Batches in an epoch.</param>
    public static RunIdentity Of(
        TransferNetwork network, TrainingOptions o, LabeledImages images, LabeledImages? unseen, int stepsPerEpoch) => new(
        SettingsOf(o, stepsPerEpoch),
        network.Layers.ToDictionary(layer => layer.Name, layer => layer.Mode),
        images.Classes,
        ImagesIdentity.Of(images),
        unseen is null ? null : ImagesIdentity.Of(unseen));

    /// <summary>The differences that keep a run from going on from a checkpoint of this one, each as a sentence.</summary>
    public IEnumerable<string> Differences(RunIdentity now)
    {
        if (Training != now.Training)
        {
            yield return $"It was trained on {Training}; this is {now.Training}{Unlike(Training, now.Training)}.";
        }

        if (Validation != now.Validation)
        {
            yield return Validation is null ? $"It had no validation images; this has {now.Validation}."
                : now.Validation is null ? $"It was validated on {Validation}; this has no validation images."
                : $"It was validated on {Validation}; this is {now.Validation}{Unlike(Validation, now.Validation)}.";
        }

        var label = Enumerable.Range(0, Math.Max(Classes.Count, now.Classes.Count))
            .FirstOrDefault(i => Classes.ElementAtOrDefault(i) != now.Classes.ElementAtOrDefault(i), -1);
        if (label >= 0)
        {
            var (then, here) = (Shown(Classes.ElementAtOrDefault(label)), Shown(now.Classes.ElementAtOrDefault(label)));
            yield return $"Class {label} is '{then}' in the checkpoint, '{here}' now.";
        }

        var modes = now.Modes.Where(layer => !Modes.TryGetValue(layer.Key, out var mode) || mode != layer.Value).ToList();
        if (modes.Count > 0)
        {
            var (layer, mode) = modes[0];
            var more = modes.Count == 1 ? string.Empty : $" and {modes.Count - 1} more layers";
            var then = Modes.TryGetValue(layer, out var known) ? $"{known}" : SettingText.None;
            yield return $"FreezeMode {then} in the checkpoint, {mode} now, on {layer}{more}.";
        }

        foreach (var name in now.Settings.Keys.Union(Settings.Keys))
        {
            // Another number of images makes another number of steps: the images are the difference then, not the steps.
            var then = Settings.GetValueOrDefault(name) ?? SettingText.None;
            var here = now.Settings.GetValueOrDefault(name) ?? SettingText.None;
            if (then != here && (name != nameof(TrainingOptions.StepsPerEpoch) || Training.Count == now.Training.Count))
            {
                yield return $"{Printable.Text(name)} {Shown(then)} in the checkpoint, {Shown(here)} now.";
            }
        }

        static string Unlike(ImagesIdentity then, ImagesIdentity now) =>
            (then.Name, then.Count) == (now.Name, now.Count)
                ? $", but not the same ones, or with other labels or another {Option.Name("Resize")}"
                : string.Empty;

        static string Shown(string? text) => Printable.Text(text ?? SettingText.None);
    }

    /// <summary>The identity with today's names of settings: stages were called phases before.</summary>
    public RunIdentity Renamed() => this with
    {
        Settings = Settings.ToDictionary(pair => pair.Key == "Phase" ? "Stage" : pair.Key, pair => pair.Value),
    };

    private static Dictionary<string, string> SettingsOf(TrainingOptions options, int stepsPerEpoch)
    {
        var used = options with { StepsPerEpoch = stepsPerEpoch };
        return _settings
            .Select(setting => (setting.Name, Text: setting.Identity(used)))
            .Where(setting => setting.Text is not null)
            .ToDictionary(setting => setting.Name, setting => setting.Text!);
    }
}
