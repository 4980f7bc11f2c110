using System.Globalization;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>The names of changes and of sets of changes, as users write them, and the augmentations that they stand for.</summary>
public static class AugmentationNames
{
    /// <summary>All changes, in the order of application.</summary>
    private static readonly Entry[] Entries =
    [
        new("RandomResizedCrop", 0.08, 1, a => a.RandomResizedCrop, (a, number) => a with { RandomResizedCrop = number }),
        new("Rotation", 10, 180, a => a.Rotation, (a, number) => a with { Rotation = number }),
        new("Zoom", 0.2, 0.9, a => a.Zoom, (a, number) => a with { Zoom = number }),
        new("Translation", 0.1, 1, a => a.Translation, (a, number) => a with { Translation = number }),
        new("Crop", 4, 1024, a => a.Crop, (a, number) => a with { Crop = (int)number }) { IsWhole = true },
        new("Flip", 1, null, a => a.Flip ? 1 : 0, (a, _) => a with { Flip = true }),
        new("RandAugment", 9, 30, a => a.RandAugment, (a, number) => a with { RandAugment = (int)number }) { IsWhole = true },
        new("TrivialAugment", 1, null, a => a.TrivialAugment ? 1 : 0, (a, _) => a with { TrivialAugment = true }),
        new("Brightness", 0.2, 1, a => a.Brightness, (a, number) => a with { Brightness = number }),
        new("Contrast", 0.2, 1, a => a.Contrast, (a, number) => a with { Contrast = number }),
        new("Saturation", 0.2, 1, a => a.Saturation, (a, number) => a with { Saturation = number }),
        new("Hue", 0.05, 0.5, a => a.Hue, (a, number) => a with { Hue = number }),
        new("Erasing", 0.5, 1, a => a.Erasing, (a, number) => a with { Erasing = number }),
        new("Mixup", 0.2, 1, a => a.Mixup, (a, number) => a with { Mixup = number }),
    ];

    /// <summary>The changes in each set. No set has Mixup, which a head with one logit can't take.</summary>
    private static readonly Dictionary<string, Augmentation> Sets = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Light"] = new Augmentation(true, 0, 0) { Translation = 0.1 },
        ["Standard"] = new Augmentation(true, 0, 0) { RandomResizedCrop = 0.35, Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 },
        ["Strong"] = new Augmentation(true, 0, 0) { RandomResizedCrop = 0.08, TrivialAugment = true, Erasing = 0.1 },
    };

    /// <summary>A change: its value if no number is given, and the highest number that it takes (null if it takes none).</summary>
    private sealed record Entry(
        string Name, double Default, double? Most, Func<Augmentation, double> Get, Func<Augmentation, double, Augmentation> Set)
    {
        public bool IsWhole { get; init; }
    }

    /// <summary>All names: the sets, then the changes in the order of application.</summary>
    public static IReadOnlyList<string> All => [.. Sets.Keys, .. Entries.Select(entry => entry.Name)];

    /// <summary>Reads a list of names. A change named beside a set replaces the set's own value for that change.</summary>
    internal static Augmentation? Parse(IReadOnlyList<string> names)
    {
        var given = names.Select(Split).ToList();
        for (var i = 0; i < given.Count; i++)
        {
            if (given.Take(i).Any(other => other.Name.Equals(given[i].Name, StringComparison.OrdinalIgnoreCase)))
            {
                throw Wrong($"'{names[i]}': {given[i].Name} is given twice.");
            }
        }

        if (given.Where(one => Sets.ContainsKey(one.Name)).Select(one => one.Name).ToList() is [var first, var second, ..])
        {
            throw Wrong($"{first} and {second} are both sets; give one, and single changes beside it.");
        }

        var result = new Augmentation(false, 0, 0);
        foreach (var (name, number) in given.OrderBy(one => !Sets.ContainsKey(one.Name)))
        {
            result = With(result, name, number);
        }

        return names.Count == 0 ? null
            : result is { RandAugment: > 0, TrivialAugment: true } ? throw Wrong(
                "RandAugment and TrivialAugment exclude each other; choose "
                + $"one{(given.Any(one => Sets.ContainsKey(one.Name)) ? " (Strong has TrivialAugment)" : string.Empty)}.")
            : result;
    }

    /// <summary>The names and numbers of the changes that are switched on, in the order of application.</summary>
    internal static string Describe(Augmentation augmentation) =>
        string.Join(", ", Entries.Where(entry => entry.Get(augmentation) > 0).Select(entry =>
        entry.Most is null ? entry.Name : string.Create(CultureInfo.InvariantCulture, $"{entry.Name}:{entry.Get(augmentation)}")));

    private static (string Name, string? Number) Split(string text) =>
        text.Split(':', 2) is [var name, var number] ? (name, number) : (text, null);

    private static Augmentation With(Augmentation augmentation, string name, string? number)
    {
        var text = number is null ? name : $"{name}:{number}";
        if (Sets.TryGetValue(name, out var set))
        {
            return number is null ? set : throw Wrong($"'{text}': the set {name} takes no number; give single changes beside it.");
        }

        var entry = Array.Find(Entries, entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw Wrong(
                $"there is no '{text}'. {Nearest.Hint(name, All)} Known are {string.Join(", ", All)}; "
                + "most take a number, as in Rotation:15.");
        return entry.Set(augmentation, number is null ? entry.Default : Number(text, number, entry));
    }

    private static double Number(string text, string number, Entry entry)
    {
        if (entry.Most is not { } most)
        {
            throw Wrong($"'{text}': {entry.Name} takes no number.");
        }

        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value > 0 && value <= most && (!entry.IsWhole || value == Math.Floor(value))
            ? value
            : throw Wrong(
                $"'{text}': expected a {(entry.IsWhole ? "whole " : "")}number "
                + $"above 0 and up to {most} after the colon.");
    }

    private static PSTransferException Wrong(string message) => PSTransferException.About("Augmentation", message, joint: ": ");
}
