using System.Globalization;
using System.Text.RegularExpressions;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Finds a backbone's tensors in a Keras file. A layer with a given name keeps it. A name made by Keras (conv2d_7, batch_normalization_7)
/// has a number that counts on within a process, so that only the order is reliable.
/// </summary>
internal static partial class KerasNames
{
    /// <summary>
    /// The matches of the whole file, or of each model inside it if several are whole; see <see cref="WeightMatch.All"/>.
    /// </summary>
    public static IReadOnlyList<WeightMatch> All(
        BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IReadOnlyList<KerasTensor> tensors, string? set)
    {
        var models = tensors.GroupBy(tensor => tensor.Model ?? WeightMatch.NoPrefix).Where(model => model.Count() >= wanted.Count).ToList();
        var inside = models
            .Where(model => WeightMatch.IsAsked(model.Key, set))
            .Select(model => Match(spec, wanted, [.. model]) with { Set = model.Key })
            .Where(match => match.HasAll(wanted, WeightConvention.Keras))
            .Select(match =>
                match with
                {
                    Skipped = [.. match.Skipped, .. tensors.Where(tensor => (tensor.Model ?? WeightMatch.NoPrefix) != match.Set)],
                })
            .ToList();
        return inside.Count > 1 || set is not null ? inside : [Match(spec, wanted, tensors)];
    }

    /// <summary>Matches layer by layer, and within a layer by each tensor's role.</summary>
    private static WeightMatch Match(BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, IReadOnlyList<KerasTensor> tensors)
    {
        var names = tensors.SelectMany(tensor => new[] { tensor.Layer, tensor.InnerLayer }).OfType<string>().ToHashSet();
        var older = spec.OlderNames is { } candidate && wanted.Any(tensor => candidate.Of(tensor.Layer) is { } name && names.Contains(name))
            ? candidate
            : null;
        var layers = tensors.Count > 0
            && tensors.All(tensor => tensor is { Index: not null } && tensor.Name.Contains($"/{tensor.Layer}/", StringComparison.Ordinal))
            ? ByClass(wanted, tensors)
            : ByName(wanted, tensors, older);

        // Layers with a Keras number beyond the backbone's last one lie on top: the shapes of all earlier layers have been compared.
        var kind = new NameKind(wanted.Select(tensor => older?.Of(tensor.Layer) ?? tensor.Layer).Where(name => Kind(name) is null));
        var sources = new Dictionary<string, StoredTensor>();
        var (skipped, unexpected) = (new List<StoredTensor>(), new List<StoredTensor>());
        foreach (var tensor in tensors)
        {
            // The file's list comes first. A layer made twice in one process has another name inside its tensors' names
            // (conv1_conv_1/kernel).
            var isOurs = layers.TryGetValue(tensor.Layer, out var layer)
                || layers.TryGetValue(tensor.InnerLayer ?? string.Empty, out layer);
            if (!isOurs)
            {
                // The old classifier is dense, or has a name that no layer of the backbone has. A name like conv4_block7_1_conv means a
                // deeper network.
                var isExpendable = tensor.Shape.Count <= 2
                    || !(kind.IsOfBackbone(tensor.Layer) || kind.IsOfBackbone(tensor.InnerLayer ?? tensor.Layer));
                (isExpendable ? skipped : unexpected).Add(tensor);
            }
            else if (tensor.Shape.Count == 0)
            {
                skipped.Add(tensor); // counts the images that a Normalization layer has seen
            }
            else if (Key(tensor, layer!) is not { } key || !sources.TryAdd(key.Name, tensor))
            {
                unexpected.Add(tensor);
            }
        }

        return new WeightMatch(
            sources,
            skipped,
            unexpected,
            older?.Epsilon ?? spec.Epsilon,
            older is null ? null : $"The older layer names: eps is {older.Epsilon}{older.Besides}.");
    }

    /// <summary>Groups our tensors by the file's name of their layer.</summary>
    private static Dictionary<string, List<WantedTensor>> ByName(
        IReadOnlyList<WantedTensor> wanted, IReadOnlyList<KerasTensor> tensors, OlderNames? older)
    {
        var ours = wanted.GroupBy(tensor => older?.Of(tensor.Layer) ?? tensor.Layer).ToList();
        var layers = ours.Where(layer => Kind(layer.Key) is null).ToDictionary(layer => layer.Key, layer => layer.ToList());
        var kinds = ours.Select(layer => Kind(layer.Key)).OfType<string>().ToHashSet();
        var numbered = tensors
            .Select(tensor =>
                layers.ContainsKey(tensor.Layer) || kinds.Contains(Kind(tensor.Layer) ?? string.Empty) ? tensor.Layer : tensor.InnerLayer)
            .OfType<string>()
            .Distinct()
            .ToList();
        foreach (var kind in kinds)
        {
            Pair(
                layers,
                numbered.Where(name => Kind(name) == kind),
                ours.Where(layer => Kind(layer.Key) == kind).OrderBy(layer => Number(layer.Key)));
        }

        return layers;
    }

    /// <summary>Groups our tensors by Keras 3's number of the layer within its class, in the order of the model's layers.</summary>
    private static Dictionary<string, List<WantedTensor>> ByClass(IReadOnlyList<WantedTensor> wanted, IReadOnlyList<KerasTensor> tensors)
    {
        var layers = new Dictionary<string, List<WantedTensor>>();
        foreach (var kind in wanted.GroupBy(tensor => tensor.KerasClass))
        {
            var names = tensors.Select(tensor => tensor.Layer).Distinct().Where(name => Kind(name) == kind.Key);
            Pair(layers, names, kind.GroupBy(tensor => tensor.Layer));
        }

        return layers;
    }

    /// <summary>Pairs the file's names with our layers, in order.</summary>
    private static void Pair(
        Dictionary<string, List<WantedTensor>> layers, IEnumerable<string> names, IEnumerable<IGrouping<string, WantedTensor>> ours)
    {
        foreach (var (name, layer) in names.OrderBy(Number).Zip(ours))
        {
            layers[name] = [.. layer];
        }
    }

    private static WantedTensor? Key(KerasTensor tensor, List<WantedTensor> layer) => tensor.Index is { } index
        ? layer.ElementAtOrDefault(index)
        : layer.FirstOrDefault(
            wanted => wanted.Key == tensor.Role || (wanted is { IsDepthwise: true, Key: "weight" } && tensor.Role == "depthwise"));

    /// <summary>The class in a name that Keras made; null for a given name.</summary>
    private static string? Kind(string name) => MadeByKeras().Match(name) is { Success: true } match ? match.Groups["kind"].Value : null;

    private static int Number(string name) =>
        int.TryParse(MadeByKeras().Match(name).Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;

    [GeneratedRegex("^(?<kind>conv2d|depthwise_conv2d|separable_conv2d|batch_normalization|normalization)(_(?<number>[0-9]{1,9}))?$")]
    private static partial Regex MadeByKeras();
}
