using System.Collections.Frozen;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>
/// The operators of ONNX that act on maps. Each gives its outputs, or null where it isn't one that a layer here computes.
/// </summary>
internal sealed partial class OnnxReader
{
    /// <summary>The end of the name of a tensor of ones that stands for a gamma which isn't there.</summary>
    public const string OnesSuffix = ".ones";

    private const float Tolerance = 1e-4f;

    private static readonly FrozenDictionary<string, Func<OnnxReader, Operation, OnnxValue[]?>> Operators =
        new Dictionary<string, Func<OnnxReader, Operation, OnnxValue[]?>>
        {
            ["Conv"] = (r, o) => r.Conv(o),
            ["BatchNormalization"] = (r, o) => r.BatchNorm(o),
            ["Gemm"] = (r, o) => r.Gemm(o),
            ["MatMul"] = (r, o) => r.MatMul(o),
            ["LayerNormalization"] = (r, o) => r.LayerNorm(o),
            ["Relu"] = (r, o) => r.Unary(o, name => new Relu(name)),
            ["LeakyRelu"] = (r, o) => r.Unary(o, name => new LeakyRelu(name, o.Attributes.Number("alpha", 0.01f))),
            ["Elu"] = (r, o) => r.Unary(o, name => new Elu(name, o.Attributes.Number("alpha", 1))),
            ["Selu"] = (r, o) => r.Selu(o),
            ["PRelu"] = (r, o) => r.PRelu(o),
            ["Sigmoid"] = (r, o) => r.Unary(o, name => new Sigmoid(name)),
            ["HardSigmoid"] = (r, o) => r.HardSigmoid(o),
            ["HardSwish"] = (r, o) => r.Unary(o, name => new HardSwish(name)),
            ["Silu"] = (r, o) => r.Unary(o, name => new Silu(name)),
            ["Gelu"] = (r, o) => o.Attributes.Word("approximate", "none") == "none" ? r.Unary(o, name => new Gelu(name)) : null,
            ["Mish"] = (r, o) => r.Unary(o, name => new Mish(name)),
            ["Tanh"] = (r, o) => r.Unary(o, name => new Tanh(name)),
            ["Softplus"] = (r, o) => r.Unary(o, name => new Softplus(name)),
            ["Softmax"] = (r, o) => o.Map is { } map && map.Order[PositiveAxis(o, map, r.DefaultSoftmaxAxis)] == 1
                ? r.Unary(o, name => new Softmax(name))
                : null,
            ["Clip"] = (r, o) => r.Clip(o),
            ["Dropout"] = (r, o) => r.Dropout(o),
            ["Identity"] = (_, o) => [o.Map!],
            ["Cast"] = (_, o) => o.Attributes.Whole("to", 1) == 1 ? [o.Map!] : null,
            ["Add"] = (r, o) => r.Sum(o, 1),
            ["Sub"] = (r, o) => r.Sum(o, -1),
            ["Sum"] = (r, o) => o.Inputs.Length == 2 ? r.Sum(o, 1) : null,
            ["Mul"] = (r, o) => r.Product(o, divides: false),
            ["Div"] = (r, o) => r.Product(o, divides: true),
            ["Concat"] = (r, o) => r.Concat(o),
            ["Split"] = (r, o) => r.Split(o),
            ["Slice"] = (r, o) => r.Slice(o),
            ["Gather"] = (r, o) => r.Gather(o),
            ["MaxPool"] = (r, o) => r.Pool(o, (name, window) => new MaxPool(name, window)),
            ["AveragePool"] = (r, o) =>
                r.Pool(o, (name, window) => new AveragePool(name, window, o.Attributes.Whole("count_include_pad", 0) == 1)),
            ["GlobalAveragePool"] = (r, o) => r.Unary(o, name => new GlobalAveragePool(name, keepsMap: true)),
            ["GlobalMaxPool"] = (r, o) => r.Unary(o, name => new GlobalMaxPool(name, keepsMap: true)),
            ["ReduceMean"] = (r, o) => r.Reduce(o, (name, keeps) => new GlobalAveragePool(name, keeps)),
            ["ReduceMax"] = (r, o) => r.Reduce(o, (name, keeps) => new GlobalMaxPool(name, keeps)),
            ["LRN"] = (r, o) => r.Unary(o, name => new LocalResponseNorm(
                name, (int)o.Attributes.Whole("size", 1), o.Attributes.Number("alpha", 1e-4f), o.Attributes.Number("beta", 0.75f),
                o.Attributes.Number("bias", 1))),
            ["Pad"] = (r, o) => r.Pad(o),
            ["Shape"] = (_, o) => [new OnnxNumbers([o.Map!.Dims.Length], null, o.Map.Dims)],
            ["Flatten"] = (r, o) => o.Attributes.Whole("axis", 1) == 1 ? [r.Flatten(o, o.Map!)] : null,
            ["Reshape"] = (r, o) => o.NumbersAt(1)?.Whole is { } shape ? r.Reshape(o, o.Map!, shape) : null,
            ["Squeeze"] = (r, o) => r.Squeeze(o),
            ["Unsqueeze"] = (r, o) => o.Map is { Shape.IsVector: true } vector && o.Attributes.Axes(o.Inputs, 1) is { Length: 2 } axes
                ? [r.OnePixel(o, vector, axes.Order().SequenceEqual([2, 3]) || axes.Order().SequenceEqual([-2, -1]))]
                : null,
            ["Transpose"] = (r, o) => Transpose(o),
        }.ToFrozenDictionary();

    private long DefaultSoftmaxAxis => _file.Opset >= 13 ? -1 : 1;

    private static int PositiveAxis(Operation o, OnnxMap map, long otherwise)
    {
        var axis = o.Attributes.Whole("axis", otherwise);
        return (int)Math.Clamp(axis < 0 ? axis + map.Dims.Length : axis, 0, map.Dims.Length - 1);
    }

    private OnnxValue[]? Unary(Operation o, Func<string, Layer> make) =>
        o.Map is { Groups: 0 } map ? [Apply(make(Name(o)), map)] : null;

    private OnnxValue[]? Conv(Operation o)
    {
        if (o.Map is not { Shape.IsVector: false, Groups: 0 } map || !IsOurs(map)
            || o.NumbersAt(1) is not { Floats: { } kernel, Dims: [var outputs, var inputs, var height, var width] } weight
            || (o.Inputs.Length > 2 && o[2] is not null and not OnnxNumbers))
        {
            return null;
        }

        var groups = o.Attributes.Whole("group", 1);
        if (groups < 1 || inputs * groups != map.Shape.Channels || outputs % groups != 0 || o.NumbersAt(2) is { } b && b.Count != outputs)
        {
            throw Unknown(o.Node, $"a convolution of {map.Shape.Channels} channels whose weight is {string.Join('×', weight.Dims)}");
        }

        var window = Window(o, map.Shape, height, width);
        var bias = o.NumbersAt(2)?.Floats;
        var layer = new Conv(Name(o, weight), map.Shape.Channels, (int)outputs, window, bias is not null, (int)groups);
        return [bias is null ? Apply(layer, map, ("weight", kernel)) : Apply(layer, map, ("weight", kernel), ("bias", bias))];
    }

    private OnnxValue[]? BatchNorm(Operation o)
    {
        if (o.Map is not { Groups: 0 } map || o.NumbersAt(1) is not { Floats: { } gamma } weight || o.NumbersAt(2)?.Floats is not { } beta
            || o.NumbersAt(3)?.Floats is not { } mean || o.NumbersAt(4)?.Floats is not { } variance
            || o.Attributes.Whole("spatial", 1) != 1 || (!map.Shape.IsVector && map.Order[1] != 1))
        {
            return null;
        }

        var channels = map.Shape.Channels;
        if (gamma.Length != channels || beta.Length != channels || mean.Length != channels || variance.Length != channels)
        {
            throw Unknown(o.Node, $"a batch normalisation of {channels} channels whose tensors have {gamma.Length}");
        }

        // A layer without gamma has ones for it in ONNX; this name says so in files of PSTransfer.
        var isWithoutScale = weight.Name.EndsWith(OnesSuffix, StringComparison.Ordinal) && Array.TrueForAll(gamma, number => number == 1);

        // ONNX counts momentum as the share of the old statistics, torch as that of the new batch.
        var layer = new BatchNorm(
            Name(o, weight),
            channels,
            o.Attributes.Number("epsilon", 1e-5f),
            Math.Round(1 - (double)o.Attributes.Number("momentum", 0.9f), 7),
            _isFromKeras ? VarianceEstimator.Biased : VarianceEstimator.Unbiased,
            scale: !isWithoutScale);
        layer.Epsilon = Math.Round(layer.Epsilon, 12);
        return [isWithoutScale
            ? Apply(layer, map, ("bias", beta), ("running_mean", mean), ("running_var", variance))
            : Apply(layer, map, ("weight", gamma), ("bias", beta), ("running_mean", mean), ("running_var", variance))];
    }

    private OnnxValue[]? Gemm(Operation o)
    {
        if (o.Map is not { Shape.IsVector: true } vector || o.Attributes.Whole("transA", 0) != 0
            || o.NumbersAt(1) is not { Floats: not null, Dims.Length: 2 } weight
            || (o.Inputs.Length > 2 && o[2] is not null and not OnnxNumbers { Floats: not null }))
        {
            return null;
        }

        var isOurs = o.Attributes.Whole("transB", 0) == 1;
        return [Dense(
            o, vector, weight, isOurs, o.NumbersAt(2), o.Attributes.Number("alpha", 1), o.Attributes.Number("beta", 1))];
    }

    /// <summary>A product with a matrix, and the sum with a bias that follows it.</summary>
    private OnnxValue[]? MatMul(Operation o)
    {
        if (o.Map is not { Groups: 0 } map || o.NumbersAt(1) is not { Floats: { } numbers, Dims: [var inputs, var outputs] } weight)
        {
            return null;
        }

        var sum = _operators.ReadersOf(o.Node.Output[0]) is [{ OpType: "Add" } only] ? only : null;
        var bias = sum is null ? null
            : sum.Input.Where(name => name != o.Node.Output[0]).Select(_operators.TensorOf).OfType<Weights.Onnx.Format.Tensor>()
                .Select(Numbers).FirstOrDefault(b => b.Count == outputs && b.Dims.Length > 0 && b.Dims[^1] == outputs);
        OnnxMap result;
        if (map.Shape.IsVector)
        {
            result = Dense(o, map, weight, isOurs: false, bias, 1, 1);
        }
        else if (map.Order[^1] == 1 && inputs == map.Shape.Channels)
        {
            result = Apply(
                new ChannelDense(Name(o, weight), map.Shape.Channels, (int)outputs),
                map,
                ("weight", Turned(numbers, (int)inputs, (int)outputs)),
                ("bias", bias?.Floats ?? new float[outputs]));
        }
        else
        {
            return null;
        }

        if (bias is not null)
        {
            _values[sum!.Output[0]] = result;
        }

        return [result];
    }

    private OnnxMap Dense(
        Operation o, OnnxMap vector, OnnxNumbers weight, bool isOurs, OnnxNumbers? bias, float alpha, float beta)
    {
        var (outputs, inputs) = isOurs ? (weight.Dims[0], weight.Dims[1]) : (weight.Dims[1], weight.Dims[0]);
        if (inputs != vector.Shape.Channels || (bias is not null && bias.Count != outputs && bias.Count != 1))
        {
            throw Unknown(
                o.Node,
                $"a dense layer for {inputs} values of {vector.Shape.Channels}. The network is made for images of another size: "
                + "give -InputShape its own");
        }

        var numbers = isOurs ? weight.Floats! : Turned(weight.Floats!, (int)inputs, (int)outputs);
        numbers = alpha == 1 ? numbers : Array.ConvertAll(numbers, number => number * alpha);
        if (vector.FlattenedChannelsLast is { } map)
        {
            numbers = ChannelsFirst(numbers, (int)outputs, map);
        }

        var added = bias?.Floats is not { } b ? new float[outputs]
            : b.Length == 1 ? [.. Enumerable.Repeat(b[0] * beta, (int)outputs)]
            : Array.ConvertAll(b, number => number * beta);
        return Apply(
            new Dense(Name(o, weight), (int)inputs, (int)outputs),
            vector with { FlattenedChannelsLast = null },
            ("weight", numbers),
            ("bias", added));
    }

    private OnnxValue[]? LayerNorm(Operation o)
    {
        if (o.Map is not { Groups: 0, Shape.IsVector: false } map || map.Order[^1] != 1
            || PositiveAxis(o, map, -1) != map.Dims.Length - 1 || o.NumbersAt(1) is not { Floats: { } gamma } weight
            || gamma.Length != map.Shape.Channels)
        {
            return null;
        }

        var layer = new LayerNorm(Name(o, weight), map.Shape.Channels, Math.Round(o.Attributes.Number("epsilon", 1e-5f), 12));
        return [Apply(layer, map, ("weight", gamma), ("bias", o.NumbersAt(2)?.Floats ?? new float[gamma.Length]))];
    }

    private OnnxValue[]? Selu(Operation o)
    {
        if (o.Map is not { Groups: 0 } map)
        {
            return null;
        }

        var elu = Apply(new Elu(Name(o), o.Attributes.Number("alpha", 1.67326319217681884765625f)), map);
        return [Scaled(o, elu, [o.Attributes.Number("gamma", 1.05070102214813232421875f)], multiplies: true)];
    }

    private OnnxValue[]? PRelu(Operation o) =>
        o.Map is { Groups: 0 } map
            && o.NumbersAt(1) is { Floats: { } slope } weight
            && (slope.Length == 1 || slope.Length == map.Shape.Channels)
            ? [Apply(new PRelu(Name(o, weight), slope.Length), map, ("weight", slope))]
            : null;

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

    private OnnxValue[]? Dropout(Operation o)
    {
        var rate = o.FirstAt(1) ?? o.Attributes.Number("ratio", 0.5f);
        return rate is >= 0 and < 1 ? Unary(o, name => new Dropout(name, Math.Round(rate, 7))) : null;
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

    private OnnxValue[]? Pool(Operation o, Func<string, Window, Layer> make)
    {
        if (o.Map is not { Groups: 0, Shape.IsVector: false } map || !IsOurs(map)
            || o.Attributes.Wholes("kernel_shape") is not [var height, var width]
            || (o.Node.OpType == "AveragePool" && o.Attributes.Wholes("dilations")?.Any(size => size != 1) == true)
            || o.Node.Output.Count > 1 && _operators.ReadersOf(o.Node.Output[1]).Count > 0)
        {
            return null;
        }

        var window = Window(o, map.Shape, height, width) with { IncludesPartial = o.Attributes.Whole("ceil_mode", 0) == 1 };
        return [Apply(make(Name(o), window), map)];
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

    /// <summary>The window of a convolution or pooling.</summary>
    private Window Window(Operation o, FeatureShape shape, long height, long width)
    {
        var strides = o.Attributes.Wholes("strides") ?? [1, 1];
        var dilations = o.Attributes.Wholes("dilations") ?? [1, 1];
        var pads = o.Attributes.Wholes("pads") ?? [0, 0, 0, 0];
        var automatic = o.Attributes.Word("auto_pad", "NOTSET");
        if (strides.Length != 2 || dilations.Length != 2 || pads.Length != 4
            || strides.Concat(dilations).Append(height).Append(width).Any(size => size is < 1 or > Defaults.LargestSide)
            || pads.Any(size => size is < 0 or > Defaults.LargestSide))
        {
            throw Unknown(o.Node, "a window that isn't possible, or isn't of two dimensions");
        }

        var window = new Window((int)height, (int)width, (int)strides[0])
        {
            StrideWidth = strides[1] == strides[0] ? null : (int)strides[1],
            Dilation = dilations is [1, 1] ? null : (int)dilations[0],
            DilationWidth = dilations[1] == dilations[0] ? null : (int)dilations[1],
        };
        if (automatic is "SAME_UPPER" or "SAME_LOWER")
        {
            window = window with { IsSame = true };
            if (automatic == "SAME_UPPER")
            {
                return window;
            }

            // The odd row or column comes first here, so that the padding is written out for this size.
            var (rows, columns) = (window.Rows(shape.Height), window.Columns(shape.Width));
            pads = [rows.After, columns.After, rows.Before, columns.Before];
            window = window with { IsSame = false };
        }

        return window with
        {
            PadHeight = (int)pads[0],
            PadWidth = (int)pads[1],
            PadBottom = pads[2] == pads[0] ? null : (int)pads[2],
            PadRight = pads[3] == pads[1] ? null : (int)pads[3],
        };
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

    private static bool IsOurs(OnnxMap map) => map.Order.SequenceEqual(OnnxMap.Ours);

    /// <summary>A matrix of in×out as out×in.</summary>
    private static float[] Turned(float[] numbers, int inputs, int outputs)
    {
        var turned = new float[numbers.Length];
        for (var i = 0; i < inputs; i++)
        {
            for (var j = 0; j < outputs; j++)
            {
                turned[(j * inputs) + i] = numbers[(i * outputs) + j];
            }
        }

        return turned;
    }

    /// <summary>Weights for a map that was flattened with its channels innermost, in the order of channels outermost.</summary>
    private static float[] ChannelsFirst(float[] numbers, int outputs, FeatureShape map)
    {
        var turned = new float[numbers.Length];
        var (pixels, channels) = (map.Height * map.Width, map.Channels);
        for (var output = 0; output < outputs; output++)
        {
            var row = output * pixels * channels;
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    turned[row + (channel * pixels) + pixel] = numbers[row + (pixel * channels) + channel];
                }
            }
        }

        return turned;
    }
}
