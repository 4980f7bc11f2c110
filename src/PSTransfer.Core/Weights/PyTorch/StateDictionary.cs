using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// Finds the state dicts in a saved object: the object itself, or those beside an optimiser and other values in a checkpoint. If there is
/// only one, its names are used unchanged. If there are several, each name begins with the dict's own (state_dict_ema.conv1.weight).
/// </summary>
internal static class StateDictionary
{
    private const int MaxDepth = 4;

    // A long key would be part of each tensor's name.
    private const int LongestKey = 100;

    /// <summary>Returns every tensor by its name, and every inert object in the place of a tensor.</summary>
    /// <exception cref="InvalidDataException">There is no state dict.</exception>
    public static IEnumerable<(string Name, object Value)> Find(object? root)
    {
        var found = new List<(string Prefix, PickledDictionary Dictionary, int Count)>();
        Collect(root as PickledDictionary ?? throw NotFound(root), string.Empty, 0, [], found);
        if (found.Count == 0)
        {
            throw NotFound(root);
        }

        // A checkpoint may have a few tensors of its own beside the state dict: a loss, the state of a random generator.
        if (found.Count > 1 && found[0].Prefix.Length == 0 && found.Skip(1).Any(inner => inner.Count > found[0].Count))
        {
            found.RemoveAt(0);
        }

        var isOne = found.Count == 1;
        return from entry in found
               from item in entry.Dictionary.Items
               where item is { Key: string, Value: PickledTensor or PickledObject { Maker: not null } }
               select ((isOne ? string.Empty : entry.Prefix) + (string)item.Key!, item.Value!);
    }

    /// <summary>
    /// Collects dictionaries that hold a tensor with dimensions, each once, as deep as checkpoints nest them. An optimiser's dictionaries
    /// have numbers for keys and aren't reached.
    /// </summary>
    private static void Collect(
        PickledDictionary dictionary,
        string prefix,
        int depth,
        HashSet<PickledDictionary> seen,
        List<(string Prefix, PickledDictionary Dictionary, int Count)> found)
    {
        if (!seen.Add(dictionary))
        {
            return;
        }

        if (dictionary.Items.Count(item => item is { Key: string, Value: PickledTensor { Shape.Length: > 0 } }) is > 0 and var count)
        {
            found.Add((prefix, dictionary, count));
        }

        foreach (var item in dictionary.Items)
        {
            if (depth < MaxDepth && item is { Key: string { Length: <= LongestKey } key, Value: PickledDictionary inner })
            {
                Collect(inner, $"{prefix}{key}.", depth + 1, seen, found);
            }
        }
    }

    private static InvalidDataException NotFound(object? found)
    {
        var parts = (found as PickledDictionary)?.Items
            .Where(item => item.Key is string)
            .Select(item => ($" under {Printable.Text((string)item.Key!)}", item.Value)) ?? [];
        foreach (var (place, value) in parts.Prepend((string.Empty, found)))
        {
            if (value is PickledObject { Maker: { } type } && KnownNames.IsModel(type))
            {
                return new InvalidDataException(
                    $"a whole model, pickled with its classes{place} (it asks for {Printable.Text(type)}); expected its state dict. "
                    + $"{KnownNames.Advice}");
            }
        }

        var kind = found switch
        {
            PickledDictionary { Items.Count: 0 } => "an empty dict",
            PickledDictionary some => "a dict with "
                + string.Join(", ", some.Items.Select(item => item.Key).OfType<string>().Take(8).Select(Printable.Text))
                + NoTensor(some),
            PickledTensor => "one tensor",
            List<object?> or object?[] => "a list",
            PickledObject { Maker: { } maker } => $"an object of {Printable.Text(maker)}",
            _ => "another object",
        };
        return new InvalidDataException(
            $"expected a state dict (names and tensors), alone or in a checkpoint under state_dict or model, found {kind}. "
            + "Save it alone: torch.save(model.state_dict(), 'weights.pth')");
    }

    /// <summary>Describes a value in the place of a tensor, such as a NumPy array.</summary>
    private static string NoTensor(PickledDictionary dictionary) =>
        dictionary.Items.FirstOrDefault(item => item is { Key: string, Value: PickledObject { Maker: not null } })
            is { Value: PickledObject maker, Key: string key }
        ? $" ({Printable.Text(key)} is no tensor but what {Printable.Text(maker.Maker!)} would make, which isn't called)"
        : string.Empty;
}
