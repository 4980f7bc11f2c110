using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>Operators that take maps apart, put them together, or change the order of their dimensions.</summary>
internal sealed partial class OnnxReader
{
    private OnnxValue[]? Concat(Operation o)
    {
        OnnxMap[] maps = [.. o.Inputs.OfType<OnnxMap>()];
        return maps.Length == o.Inputs.Length && maps.All(map => map.Groups == 0 && map.FlattenedChannelsLast is null)
            && maps.All(map =>
                map.Order.SequenceEqual(maps[0].Order) && map.Shape with { Channels = 1 } == maps[0].Shape with { Channels = 1 })
            && maps[0].Order[PositiveAxis(o, maps[0], 1)] == 1
                ? [Apply(new Concat(Name(o)), maps)]
                : null;
    }

    private OnnxValue[]? Split(Operation o)
    {
        if (o.Map is not { Groups: 0 } map || map.Order[PositiveAxis(o, map, 0)] != 1)
        {
            return null;
        }

        var parts = o.Node.Output.Count;
        var each = (map.Shape.Channels + parts - 1) / parts;
        var sizes = o.Attributes.Wholes("split") ?? o.NumbersAt(1)?.Whole
            ?? [.. Enumerable.Range(0, parts).Select(i => (long)Math.Min(each, map.Shape.Channels - (i * each)))];
        if (sizes.Length != parts || sizes.Any(size => size < 1) || sizes.Sum() != map.Shape.Channels)
        {
            throw Unknown(o.Node, $"a split of {map.Shape.Channels} channels into {string.Join(", ", sizes)}");
        }

        var start = 0;
        var outputs = new List<OnnxValue>();
        foreach (var size in sizes)
        {
            outputs.Add(Apply(new ChannelSlice(Name(o), start, (int)size), map));
            start += (int)size;
        }

        return [.. outputs];
    }

    private OnnxValue[]? Slice(Operation o)
    {
        if (o.Map is not { Groups: 0 } map || o.Attributes.Slice(o.Inputs) is not { } slices)
        {
            return null;
        }

        foreach (var (axis, start, end, step) in slices)
        {
            var place = (int)(axis < 0 ? axis + map.Dims.Length : axis);
            if (place < 0 || place >= map.Dims.Length)
            {
                return null;
            }

            var size = map.Dims[place];
            var isWhole = step == 1 && start == 0 && (end >= size || end >= int.MaxValue);
            if (isWhole)
            {
                continue;
            }

            if (map.Order[place] != 1 || (step != 1 && (step != -1 || start != -1 || end > -size)))
            {
                return null;
            }

            var (from, to) = step == -1 ? (0, size) : OnnxArithmetic.Within(start, end, size);
            if (to <= from)
            {
                throw Unknown(o.Node, "a slice without channels");
            }

            map = Apply(new ChannelSlice(Name(o), (int)from, (int)(to - from), step == -1), map);
        }

        return [map];
    }

    /// <summary>Neighbouring channels by their numbers, in this order or the reverse.</summary>
    private OnnxValue[]? Gather(Operation o)
    {
        if (o.Map is not { Groups: 0 } map || map.Order[PositiveAxis(o, map, 0)] != 1
            || o.NumbersAt(1) is not { Whole: { Length: > 0 } all, Dims.Length: 1 })
        {
            return null;
        }

        long[] places = [.. all.Select(place => place < 0 ? place + map.Shape.Channels : place)];
        var (first, last) = (places.Min(), places.Max());
        var up = Enumerable.Range(0, places.Length).All(i => places[i] == first + i);
        var down = Enumerable.Range(0, places.Length).All(i => places[i] == last - i);
        return (up || down) && first >= 0 && last < map.Shape.Channels
            ? [Apply(new ChannelSlice(Name(o), (int)first, places.Length, !up), map)]
            : null;
    }

    private OnnxValue[]? Reduce(Operation o, Func<string, bool, Layer> make)
    {
        if (o.Map is not { Groups: 0, Shape.IsVector: false } map)
        {
            return null;
        }

        int[] places = [.. o.Attributes.Axes(o.Inputs, 1).Select(axis => map.Order[Math.Clamp(axis < 0 ? axis + 4 : axis, 0, 3)]).Order()];
        var keeps = o.Attributes.Whole("keepdims", 1) == 1;
        return places is [2, 3]
            ? [Apply(make(Name(o), keeps), map) is var pooled && keeps ? pooled : pooled with { Order = OnnxMap.Ours }]
            : null;
    }

    private OnnxValue[]? Pad(Operation o)
    {
        var pads = o.Attributes.Wholes("pads") ?? o.NumbersAt(1)?.Whole;
        var value = o.FirstAt(2) ?? o.Attributes.Number("value", 0);
        if (o.Map is not { Groups: 0, Shape.IsVector: false } map || pads is not { Length: 8 } || o[3] is not null
            || o.Attributes.Word("mode", "constant") != "constant"
            || Math.Abs(value) > 1e-30f
            || pads.Any(size => size is < 0 or > Defaults.LargestSide))
        {
            return null;
        }

        var (before, after) = (new int[4], new int[4]);
        for (var i = 0; i < 4; i++)
        {
            (before[map.Order[i]], after[map.Order[i]]) = ((int)pads[i], (int)pads[i + 4]);
        }

        return before[0] + after[0] + before[1] + after[1] > 0 ? null
            : pads.All(size => size == 0) ? [map]
            : [Apply(new ZeroPadding(Name(o), before[2], after[2], before[3], after[3]), map)];
    }

    private OnnxMap Flatten(Operation o, OnnxMap map)
    {
        if (map.Shape.IsVector)
        {
            return map;
        }

        var flat = Apply(new Flatten(Name(o)), map);
        return flat with
        {
            Order = OnnxMap.Ours,
            FlattenedChannelsLast = map.Order[^1] == 1 && map.Shape is not { Height: 1, Width: 1 } ? map.Shape : null,
        };
    }

    private OnnxMap OnePixel(Operation o, OnnxMap vector, bool channelsFirst) =>
        Apply(new OnePixel(Name(o)), vector) with { Order = channelsFirst ? OnnxMap.Ours : OnnxMap.ChannelsLast };

    private OnnxValue[]? Squeeze(Operation o)
    {
        if (o.Map is not { Groups: 0, Shape: { IsVector: false, Height: 1, Width: 1 } } map)
        {
            return null;
        }

        int[] places = [.. o.Attributes.Axes(o.Inputs, 1).Select(axis => map.Order[Math.Clamp(axis < 0 ? axis + 4 : axis, 0, 3)]).Order()];
        return places is [2, 3] ? [Flatten(o, map)] : null;
    }

    private OnnxValue[]? Reshape(Operation o, OnnxMap map, long[] shape)
    {
        var size = map.Shape.Size;
        var dims = map.Dims;
        long[] wanted = [.. shape.Select((length, i) => length == 0 && i < dims.Length ? dims[i] : length)];
        if (wanted.Length < 2)
        {
            return null;
        }

        // The images come first: by the symbol, by −1, or as the 1 of a file that was exported for one image.
        var rest = wanted[1..];
        var known = rest.Where(length => length != -1).Aggregate(1.0, (product, length) => product * length);
        var open = rest.Count(length => length == -1);
        if (rest.Contains(OnnxValue.Batch) || open > 1 || known <= 0 || wanted[0] is not (-1 or 1 or OnnxValue.Batch))
        {
            return null;
        }

        if (rest.Contains(-1))
        {
            rest[Array.IndexOf(rest, -1)] = (long)(size / known);
        }

        if (rest.Aggregate(1.0, (product, length) => product * length) != size)
        {
            return null;
        }

        return (rest, map) switch
        {
            ([_], { Groups: 0 }) => [Flatten(o, map)],
            ([var c, 1, 1], { Shape.IsVector: true }) when c == size => [OnePixel(o, map, true)],
            ([1, 1, var c], { Shape.IsVector: true }) when c == size && c > 1 => [OnePixel(o, map, false)],
            (_, { Groups: 0, Shape.IsVector: false }) when rest.SequenceEqual(dims.Skip(1)) => [map],
            ([var groups, var each, var h, var w], { Groups: 0, Shape.IsVector: false })
                when IsOurs(map) && groups * each == map.Shape.Channels && h == map.Shape.Height && w == map.Shape.Width
                => [map with { Groups = (int)groups }],
            ([var c, var h, var w], { Groups: > 0 })
                when c == map.Shape.Channels && h == map.Shape.Height && w == map.Shape.Width
                => [Ungrouped(o, map)],
            _ => null,
        };
    }

    private OnnxMap Ungrouped(Operation o, OnnxMap map)
    {
        var whole = map with { Groups = 0, Exchanged = false };
        return map.Exchanged ? Apply(new ChannelShuffle(Name(o), map.Groups), whole) : whole;
    }

    private static OnnxValue[]? Transpose(Operation o)
    {
        if (o.Map is not { } map || o.Attributes.Wholes("perm") is not { } order)
        {
            return null;
        }

        return map switch
        {
            { Groups: > 0 } => order is [0, 2, 1, 3, 4] ? [map with { Exchanged = !map.Exchanged }] : null,
            { Shape.IsVector: true } => order is [0, 1] ? [map] : null,
            _ when order.Length == 4 && order.Order().SequenceEqual([0, 1, 2, 3]) && order[0] == 0 =>
                [map with { Order = [.. order.Select(place => map.Order[place])] }],
            _ => null,
        };
    }
}
