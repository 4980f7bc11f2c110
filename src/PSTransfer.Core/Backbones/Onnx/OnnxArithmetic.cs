using PSTransfer.Core.Weights.Onnx.Format;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>Computes the operators whose inputs are known numbers. Exporters compute the shapes of later operators in the graph.</summary>
internal static class OnnxArithmetic
{
    private const int MostNumbers = 1 << 20;

    /// <summary>The result of an operator on numbers; null if the operator is none of arithmetic.</summary>
    /// <param name="node">The operator.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="inputs">Its inputs; null for one that is left out.</param>
    public static OnnxNumbers[]? Compute(Node node, OnnxAttributes attributes, IReadOnlyList<OnnxNumbers?> inputs)
    {
        if (node.OpType is "Constant" or "ConstantOfShape")
        {
            return null;
        }

        var x = inputs.Count > 0 ? inputs[0] : null;
        if (x is null
            || inputs.Any(input => input?.Count > MostNumbers && node.OpType is not ("Identity" or "Transpose" or "Reshape" or "Cast")))
        {
            return null;
        }

        return node.OpType switch
        {
            "Identity" or "Dropout" => [x],
            "Cast" => [Cast(x, (int)attributes.Whole("to", 1))],
            "Unsqueeze" => [Unsqueeze(x, attributes.Axes(inputs, 1))],
            "Squeeze" => [Squeeze(x, attributes.Axes(inputs, 1))],
            "Shape" => [new OnnxNumbers([x.Dims.Length], null, x.Dims)],
            "Reshape" when inputs is [_, { Whole: { } shape }, ..] => Reshape(x, shape),
            "Transpose" =>
                Transpose(x, attributes.Wholes("perm") ?? [.. Enumerable.Range(0, x.Dims.Length).Reverse().Select(i => (long)i)]),
            "Gather" when inputs is [_, { Whole: { } indices } index] => Gather(x, indices, index.Dims, attributes.Whole("axis", 0)),
            "Concat" => Concat(inputs, attributes.Whole("axis", 0)),
            "Slice" => Slice(x, attributes, inputs),
            "Add" or "Sub" or "Mul" or "Div" or "Pow" or "Equal" or "Greater" or "Less" or "Min" or "Max" or "Mod"
                when inputs is [_, { } y] => Elementwise(node.OpType, x, y),
            "Neg" or "Abs" or "Sqrt" or "Reciprocal" or "Floor" or "Ceil" or "Exp" or "Log" => Elementwise(node.OpType, x),
            "Range" when inputs is [{ Whole: [var from] }, { Whole: [var to] }, { Whole: [var step] }]
                && step != 0 && (to - from) / step is > 0 and <= MostNumbers and var count =>
                [new OnnxNumbers([count], null, [.. Enumerable.Range(0, (int)count).Select(i => from + (i * step))])],
            "ReduceProd" when x.Whole is { } all && !all.Contains(OnnxValue.Batch) =>
                [new OnnxNumbers([], null, [all.Aggregate(1L, (product, size) => product * size)])],
            _ => null,
        };
    }

    private static OnnxNumbers Cast(OnnxNumbers x, int type) => Weights.Onnx.OnnxFile.IsFloat(type)
        ? new OnnxNumbers(x.Dims, x.Floats ?? Array.ConvertAll(x.Whole!, number => (float)number), null) { Name = x.Name }
        : new OnnxNumbers(x.Dims, null, x.Whole ?? Array.ConvertAll(x.Floats!, number => (long)number));

    private static OnnxNumbers Unsqueeze(OnnxNumbers x, long[] axes)
    {
        var rank = x.Dims.Length + axes.Length;
        var places = axes.Select(axis => axis < 0 ? axis + rank : axis).ToHashSet();
        var left = new Queue<long>(x.Dims);
        return x with { Dims = [.. Enumerable.Range(0, rank).Select(i => places.Contains(i) || left.Count == 0 ? 1 : left.Dequeue())] };
    }

    private static OnnxNumbers Squeeze(OnnxNumbers x, long[] axes)
    {
        var places = axes.Select(axis => axis < 0 ? axis + x.Dims.Length : axis).ToHashSet();
        return x with
        {
            Dims = [.. x.Dims
                .Index()
                .Where(one => one.Item != 1 || (places.Count > 0 && !places.Contains(one.Index)))
                .Select(one => one.Item)],
        };
    }

    private static OnnxNumbers[]? Reshape(OnnxNumbers x, long[] shape)
    {
        long[] dims = [.. shape.Select((size, i) => size == 0 && i < x.Dims.Length ? x.Dims[i] : size)];
        if (dims.Contains(OnnxValue.Batch))
        {
            return null;
        }

        var known = dims.Where(size => size != -1).Aggregate(1L, (product, size) => product * size);
        if (known > 0 && dims.Count(size => size == -1) == 1)
        {
            dims[Array.IndexOf(dims, -1)] = x.Count / known;
        }

        return dims.Aggregate(1L, (product, size) => product * size) == x.Count ? [x with { Dims = dims }] : null;
    }

    private static OnnxNumbers[]? Transpose(OnnxNumbers x, long[] order)
    {
        if (order.Length != x.Dims.Length || !order.Order().SequenceEqual(Enumerable.Range(0, order.Length).Select(i => (long)i)))
        {
            return null;
        }

        var strides = Strides(x.Dims);
        long[] dims = [.. order.Select(axis => x.Dims[axis])];
        long[] steps = [.. order.Select(axis => strides[axis])];
        return [Take(x, dims, steps)];
    }

    private static OnnxNumbers[]? Gather(OnnxNumbers x, long[] indices, long[] dims, long axis)
    {
        // Shapes are picked from by a number; tables of other ranks are none of a classifier.
        if (x.Dims.Length != 1 || axis is not (0 or -1))
        {
            return null;
        }

        long[] places = [.. indices.Select(index => index < 0 ? index + x.Count : index)];
        return places.Any(place => place < 0 || place >= x.Count) ? null
            : [new OnnxNumbers(
                dims,
                x.Floats is { } floats ? [.. places.Select(place => floats[place])] : null,
                x.Whole is { } whole ? [.. places.Select(place => whole[place])] : null)];
    }

    private static OnnxNumbers[]? Concat(IReadOnlyList<OnnxNumbers?> inputs, long axis)
    {
        if (axis is not (0 or -1) || inputs.Any(input => input?.Dims.Length != 1))
        {
            return null;
        }

        var length = inputs.Sum(input => input!.Count);
        return inputs.All(input => input!.Whole is not null)
            ? [new OnnxNumbers([length], null, [.. inputs.SelectMany(input => input!.Whole!)])]
            : inputs.All(input => input!.Floats is not null)
                ? [new OnnxNumbers([length], [.. inputs.SelectMany(input => input!.Floats!)], null)]
                : null;
    }

    private static OnnxNumbers[]? Slice(OnnxNumbers x, OnnxAttributes attributes, IReadOnlyList<OnnxNumbers?> inputs)
    {
        var slice = attributes.Slice(inputs);
        if (x.Dims.Length != 1 || slice is not [(0 or -1, var start, var end, 1)])
        {
            return null;
        }

        (start, end) = Within(start, end, x.Count);
        return [new OnnxNumbers([end - start], x.Floats?[(int)start..(int)end], x.Whole?[(int)start..(int)end])];
    }

    /// <summary>The beginning and end of a slice, counted from the beginning and within a dimension.</summary>
    public static (long Start, long End) Within(long start, long end, long size)
    {
        start = Math.Clamp(start < 0 ? start + size : start, 0, size);
        end = Math.Clamp(end < 0 ? end + size : end, start, size);
        return (start, end);
    }

    private static OnnxNumbers[]? Elementwise(string kind, OnnxNumbers x, OnnxNumbers y)
    {
        var rank = Math.Max(x.Dims.Length, y.Dims.Length);
        var (a, b) = (Padded(x.Dims, rank), Padded(y.Dims, rank));
        if (x.Count == 0 || y.Count == 0 || a.Zip(b).Any(pair => pair.First != pair.Second && pair.First != 1 && pair.Second != 1))
        {
            return null;
        }

        long[] dims = [.. a.Zip(b, Math.Max)];
        if (dims.Aggregate(1.0, (product, size) => product * size) > MostNumbers)
        {
            return null;
        }

        var (left, right) = (Take(x, dims, Steps(a, Strides(a))), Take(y, dims, Steps(b, Strides(b))));
        if (left.Whole is { } wholes && right.Whole is { } others)
        {
            var known = !wholes.Contains(OnnxValue.Batch) && !others.Contains(OnnxValue.Batch);
            var result = kind switch
            {
                "Mul" => wholes.Zip(others, (p, q) => q == 1 ? p : p == 1 ? q : known ? p * q : 0),
                "Div" => wholes.Zip(others, (p, q) => q == 1 ? p : known && q != 0 ? p / q : 0),
                "Add" => wholes.Zip(others, (p, q) => q == 0 ? p : known ? p + q : 0),
                "Sub" => wholes.Zip(others, (p, q) => q == 0 ? p : known ? p - q : 0),
                "Mod" => wholes.Zip(others, (p, q) => known && q != 0 ? p % q : 0),
                "Equal" => wholes.Zip(others, (p, q) => p == q ? 1L : 0),
                "Greater" => wholes.Zip(others, (p, q) => p > q ? 1L : 0),
                "Less" => wholes.Zip(others, (p, q) => p < q ? 1L : 0),
                "Min" => wholes.Zip(others, Math.Min),
                "Max" => wholes.Zip(others, Math.Max),
                _ => null,
            };
            return result is null || (!known && kind is "Greater" or "Less" or "Min" or "Max")
                ? null
                : [new OnnxNumbers(dims, null, [.. result])];
        }

        if (left.Floats is not { } numbers || right.Floats is not { } second)
        {
            return null;
        }

        Func<float, float, float>? of = kind switch
        {
            "Add" => (p, q) => p + q,
            "Sub" => (p, q) => p - q,
            "Mul" => (p, q) => p * q,
            "Div" => (p, q) => p / q,
            "Pow" => MathF.Pow,
            "Min" => Math.Min,
            "Max" => Math.Max,
            _ => null,
        };
        return of is null ? null : [new OnnxNumbers(dims, [.. numbers.Zip(second, of)], null)];
    }

    private static OnnxNumbers[]? Elementwise(string kind, OnnxNumbers x)
    {
        if (x.Whole is { } whole)
        {
            return kind is "Neg" or "Abs" && !whole.Contains(OnnxValue.Batch)
                ? [
                    x with
                    {
                        Whole = Array.ConvertAll(whole, number => kind == "Neg" || number < 0 ? -number : number), Name = string.Empty
                    }
                ]
                : null;
        }

        Converter<float, float> of = kind switch
        {
            "Neg" => number => -number,
            "Abs" => Math.Abs,
            "Sqrt" => MathF.Sqrt,
            "Reciprocal" => number => 1 / number,
            "Floor" => MathF.Floor,
            "Ceil" => MathF.Ceiling,
            "Exp" => MathF.Exp,
            _ => MathF.Log,
        };
        return [x with { Floats = Array.ConvertAll(x.Floats!, of), Name = string.Empty }];
    }

    private static long[] Padded(long[] dims, int rank) => [.. Enumerable.Repeat(1L, rank - dims.Length), .. dims];

    private static long[] Strides(long[] dims)
    {
        var strides = new long[dims.Length];
        long stride = 1;
        for (var i = dims.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= dims[i];
        }

        return strides;
    }

    private static long[] Steps(long[] dims, long[] strides) => [.. dims.Zip(strides, (size, stride) => size == 1 ? 0 : stride)];

    /// <summary>Copies numbers in another order of dimensions, or repeats them.</summary>
    private static OnnxNumbers Take(OnnxNumbers x, long[] dims, long[] steps)
    {
        var count = (int)dims.Aggregate(1L, (product, size) => product * size);
        var places = new int[count];
        var index = new long[dims.Length];
        for (var i = 0; i < count; i++)
        {
            long place = 0;
            for (var axis = 0; axis < dims.Length; axis++)
            {
                place += index[axis] * steps[axis];
            }

            places[i] = (int)place;
            for (var axis = dims.Length - 1; axis >= 0 && ++index[axis] == dims[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return new OnnxNumbers(
            dims,
            x.Floats is { } floats ? Array.ConvertAll(places, place => floats[place]) : null,
            x.Whole is { } whole ? Array.ConvertAll(places, place => whole[place]) : null)
        {
            Name = x.Name,
        };
    }
}
