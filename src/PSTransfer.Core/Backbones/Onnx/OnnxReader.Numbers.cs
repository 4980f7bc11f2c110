using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>Operators with numbers: sums, products, limits and what is made of them.</summary>
internal sealed partial class OnnxReader
{
    private OnnxValue[]? Selu(Operation o)
    {
        if (o.Map is not { Groups: 0 } map)
        {
            return null;
        }

        var elu = Apply(new Elu(Name(o), o.Attributes.Number("alpha", 1.67326319217681884765625f)), map);
        return [Scaled(o, elu, [o.Attributes.Number("gamma", 1.05070102214813232421875f)], multiplies: true)];
    }

    private OnnxValue[]? HardSigmoid(Operation o)
    {
        var (alpha, beta) = (o.Attributes.Number("alpha", 0.2f), o.Attributes.Number("beta", 0.5f));
        if (Math.Abs(alpha - (1f / 6)) < Tolerance && beta == 0.5f)
        {
            return Unary(o, name => new HardSigmoid(name));
        }

        return o.Map is not { Groups: 0 } map ? null
            : [Apply(
                new Clip(Name(o), 0, 1),
                Scaled(o, Scaled(o, map, [alpha], multiplies: true), [beta], multiplies: false))];
    }

    private OnnxValue[]? Clip(Operation o)
    {
        if (o.Inputs.Skip(1).Any(input => input is OnnxMap))
        {
            return null;
        }

        var least = o.FirstAt(1) ?? o.Attributes.Number("min", float.NegativeInfinity);
        var most = o.FirstAt(2) ?? o.Attributes.Number("max", float.PositiveInfinity);
        return Unary(o, name => (least, most) switch
        {
            (0, 6) => new Relu6(name),
            (0, float.PositiveInfinity or float.MaxValue) => new Relu(name),
            _ => new Clip(name, Math.Max(least, float.MinValue), Math.Min(most, float.MaxValue)),
        });
    }

    private OnnxValue[]? Sum(Operation o, int sign)
    {
        if (o.Inputs is [OnnxMap { Groups: 0 } x, OnnxMap { Groups: 0 } y])
        {
            return x.Shape == y.Shape && x.Order.SequenceEqual(y.Order) ? [Apply(new Add(Name(o), sign), [x, y])] : null;
        }

        return o.Inputs switch
        {
            [OnnxMap map, OnnxNumbers { Floats: { } numbers } number] => Scaled(o, map, number, [.. numbers.Select(n => n * sign)], false),
            [OnnxNumbers { Floats: { } numbers } number, OnnxMap map] when sign == 1 => Scaled(o, map, number, numbers, false),
            [OnnxNumbers { Floats: { } numbers } number, OnnxMap map] =>
                Scaled(o, Scaled(o, map, [-1], multiplies: true), number, numbers, false),
            _ => null,
        };
    }

    private OnnxValue[]? Product(Operation o, bool divides)
    {
        if (o.Inputs is [OnnxMap { Groups: 0 } x, OnnxMap { Groups: 0 } y])
        {
            var (map, gate) = IsPixel(x.Shape) && !IsPixel(y.Shape) ? (y, x) : (x, y);
            return !divides && map.Order.SequenceEqual(gate.Order) && map.Shape.Channels == gate.Shape.Channels
                && (IsPixel(gate.Shape) || gate.Shape == map.Shape) && map.Shape.IsVector == gate.Shape.IsVector
                    ? [Apply(new Multiply(Name(o)), [map, gate])]
                    : null;
        }

        return o.Inputs switch
        {
            [OnnxMap map, OnnxNumbers { Floats: { } numbers } number] =>
                Scaled(
                    o, map, divides ? number with { Name = string.Empty } : number, divides ? [.. numbers.Select(n => 1 / n)] : numbers,
                    true),
            [OnnxNumbers { Floats: { } numbers } number, OnnxMap map] when !divides => Scaled(o, map, number, numbers, true),
            _ => null,
        };

        static bool IsPixel(FeatureShape shape) => shape is { IsVector: false, Height: 1, Width: 1 };
    }

    /// <summary>A map plus or times numbers that are one for all, one for each channel, or a picture.</summary>
    private OnnxValue[]? Scaled(Operation o, OnnxMap map, OnnxNumbers number, float[] numbers, bool multiplies)
    {
        if (map.Groups > 0 || number.Dims.Length > map.Dims.Length)
        {
            return null;
        }

        // In our order of dimensions, without the images.
        long[] padded = [.. Enumerable.Repeat(1L, map.Dims.Length - number.Dims.Length), .. number.Dims];
        if (map.Shape.IsVector)
        {
            return padded[0] == 1 && (padded[1] == 1 || padded[1] == map.Shape.Channels)
                ? [Scaled(o, map, numbers, multiplies)]
                : null;
        }

        var sizes = new long[4];
        foreach (var (place, size) in map.Order.Zip(padded))
        {
            sizes[place] = size;
        }

        long[] whole = [map.Shape.Channels, map.Shape.Height, map.Shape.Width];
        if (sizes[0] != 1 || sizes.Skip(1).Zip(whole).Any(pair => pair.First != 1 && pair.First != pair.Second)
            || (sizes[2] > 1 || sizes[3] > 1) && (sizes[2] == 1 || sizes[3] == 1 || !IsOurs(map)))
        {
            return null;
        }

        // A learnt factor has the shape C×1×1 in PyTorch; numbers of a normalisation have a dimension for the images.
        if (multiplies && number.Name.Length > 0 && numbers.Length > 1 && number.Dims.Length < 4 && sizes[1] == numbers.Length)
        {
            return [Apply(new LayerScale(Name(o, number), numbers.Length), map, ("layer_scale", numbers))];
        }

        var shape = new FeatureShape((int)sizes[1], (int)sizes[2], (int)sizes[3]);
        return [Apply(new Constant(Name(o), shape, multiplies), map, (multiplies ? "factor" : "term", numbers))];
    }

    /// <summary>A map or vector plus or times one number, or one for each channel.</summary>
    private OnnxMap Scaled(Operation o, OnnxMap map, float[] numbers, bool multiplies)
    {
        var shape = map.Shape.IsVector ? FeatureShape.Vector(numbers.Length) : new FeatureShape(numbers.Length, 1, 1);
        return Apply(new Constant(Name(o), shape, multiplies), map, (multiplies ? "factor" : "term", numbers));
    }
}
