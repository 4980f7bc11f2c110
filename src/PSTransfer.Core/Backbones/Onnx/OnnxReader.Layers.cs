using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>Convolutions, dense layers, normalisations and pooling: operators with weights or windows.</summary>
internal sealed partial class OnnxReader
{
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
            _file.IsOfTensorFlow ? VarianceEstimator.Biased : VarianceEstimator.Unbiased,
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

    private OnnxValue[]? PRelu(Operation o) =>
        o.Map is { Groups: 0 } map
            && o.NumbersAt(1) is { Floats: { } slope } weight
            && (slope.Length == 1 || slope.Length == map.Shape.Channels)
            ? [Apply(new PRelu(Name(o, weight), slope.Length), map, ("weight", slope))]
            : null;

    private OnnxValue[]? Dropout(Operation o)
    {
        var rate = o.FirstAt(1) ?? o.Attributes.Number("ratio", 0.5f);
        return rate is >= 0 and < 1 ? Unary(o, name => new Dropout(name, Math.Round(rate, 7))) : null;
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
