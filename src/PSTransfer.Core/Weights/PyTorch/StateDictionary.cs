
namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>Finds the state dict in what was saved: the object itself, or beside an optimizer and others in a checkpoint.</summary>
internal static class StateDictionary
{
    private const int MaxDepth = 4;

    // Averaged weights last: they are of the same network, but not what training ended with.
    private static readonly string[] Keys =
        ["state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params", "state_dict_ema", "model_ema", "ema_state_dict", "ema"];

    /// <summary>The dictionary of tensors.</summary>
    /// <exception cref="InvalidDataException">There is none, or there are several and none has a usual name.</exception>
    public static PickledDictionary Find(object? root)
    {
        var current = root as PickledDictionary ?? throw NotFound(root);
        for (var depth = 0; depth < MaxDepth && Inner(current) is { } inner; depth++)
        {
            current = inner;
        }

        if (HasTensors(current))
        {
            return current;
        }

        // Each once: a long dict that comes up again and again would be searched as often.
        List<PickledDictionary> others = [.. current.Items.Select(item => item.Value).OfType<PickledDictionary>().Distinct().Where(HasTensors).Take(2)];
        return others is [var only] ? only : throw NotFound(current);
    }

    private static PickledDictionary? Inner(PickledDictionary outer) =>
        Keys.Select(outer.Find).OfType<PickledDictionary>().FirstOrDefault(inner => HasTensors(inner) || Keys.Any(key => inner.Find(key) is PickledDictionary));

    private static bool HasTensors(PickledDictionary dictionary) => dictionary.Items.Exists(item => item is { Key: string, Value: PickledTensor });

    private static InvalidDataException NotFound(object? found)
    {
        var kind = found switch
        {
            PickledDictionary { Items.Count: 0 } => "an empty dict",
            PickledDictionary some => $"a dict with {string.Join(", ", some.Items.Select(item => item.Key).OfType<string>().Take(8).Select(Printable.Text))}",
            PickledTensor => "one tensor",
            List<object?> or object?[] => "a list",
            _ => "another object",
        };
        return new InvalidDataException(
            $"expected a state dict (names and tensors), alone or in a checkpoint under state_dict or model, found {kind}. Save it alone: torch.save(model.state_dict(), 'weights.pth')");
    }
}
