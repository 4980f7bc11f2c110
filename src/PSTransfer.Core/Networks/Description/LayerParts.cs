using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Networks.Description;

/// <summary>
/// The settings of a written layer, each checked before a layer is made of it. A file's settings may be wrong or hostile.
/// </summary>
/// <param name="text">The layer in writing.</param>
/// <param name="inputs">The shapes of the inputs.</param>
/// <param name="numbers">How many numbers the tensors may still have.</param>
internal sealed class LayerParts(LayerText text, IReadOnlyList<FeatureShape> inputs, NumberAllowance numbers)
{
    private const int MostChannels = 1 << 20;
    private const int LargestWindow = 1 << 13;

    /// <summary>The layer's name.</summary>
    public string Name => text.Name;

    /// <summary>The name of a layer that takes one map.</summary>
    public string MapName
    {
        get
        {
            _ = Map;
            return text.Name;
        }
    }

    public int Count => inputs.Count;

    /// <summary>The only input.</summary>
    public FeatureShape Input => inputs is [var only] ? only : throw Fault($"takes one input, not {inputs.Count}");

    /// <summary>The only input, a map.</summary>
    public FeatureShape Map => Input is { IsVector: false } map ? map : throw Fault("takes a map, not a vector");

    public bool HasBias => text.HasBias ?? false;

    public bool HasScale => text.HasScale ?? true;

    public bool KeepsMap => text.KeepsMap ?? false;

    public bool CountsPadding => text.CountsPadding ?? false;

    public int Outputs => Between(text.Outputs, 1, MostChannels, "outputs");

    public double Epsilon => Between(text.Epsilon, double.Epsilon, 1, "epsilon");

    public double Rate => Between(text.Rate, 0, 1, "rate") is < 1 and var rate ? rate : throw Fault("has a rate of 1");

    public Window Window
    {
        get
        {
            var window = text.Window ?? throw Fault("needs a window");
            int?[] sizes = [window.Height, window.Width, window.Stride, window.StrideWidth, window.Dilation, window.DilationWidth];
            int?[] paddings = [window.PadHeight, window.PadWidth, window.PadBottom, window.PadRight];
            return sizes.All(size => size is null or (>= 1 and <= LargestWindow))
                && paddings.All(size => size is null or (>= 0 and <= LargestWindow))
                    ? window
                    : throw Fault("has an impossible window");
        }
    }

    /// <summary>The number of groups, which divides the channels of input and output.</summary>
    public int Groups
    {
        get
        {
            var groups = text.Groups ?? 1;
            return groups >= 1 && Map.Channels % groups == 0 && Outputs % groups == 0
                ? groups
                : throw Fault($"has {groups} groups, which don't divide {Map.Channels} and {Outputs} channels");
        }
    }

    /// <summary>The first channel of a slice, whose channels are all there.</summary>
    public int Start => text.Start is { } start && start >= 0 && start + (long)Outputs <= Input.Channels
        ? start
        : throw Fault($"takes channels that the input of {Input.Channels} channels hasn't");

    public bool Reversed => text.Reversed ?? false;

    public bool Multiplies => text.Multiplies ?? throw Fault("needs to say whether it multiplies");

    /// <summary>The shape of a constant, which suits the input.</summary>
    public FeatureShape Size => (text.Size, Input.IsVector) switch
    {
        ([var length], true) when length == 1 || length == Input.Channels => FeatureShape.Vector(length),
        ([var channels, var height, var width], false)
            when (channels == 1 || channels == Input.Channels) && height is >= 1 and <= LargestWindow && width is >= 1 and <= LargestWindow
            => new FeatureShape(channels, height, width),
        _ => throw Fault($"has a number that doesn't suit an input of {Input}"),
    };

    /// <summary>Finite numbers, as many as said.</summary>
    public double[] Numbers(int count) => text.Numbers is { } all && all.Count == count && !all.Any(double.IsNaN)
        ? [.. all]
        : throw Fault($"needs {count} numbers");

    /// <summary>The number of a PRelu's factors: 1, or one for each channel.</summary>
    public int FactorCount => Outputs == 1 || Outputs == Input.Channels ? Outputs : throw Fault($"needs 1 or {Input.Channels} factors");

    /// <summary>One factor, or one for each channel.</summary>
    public double[] Factors => text.Factors is { Count: > 0 } factors && (factors.Count == 1 || factors.Count == Map.Channels)
        ? [.. factors]
        : throw Fault($"needs one factor or {Map.Channels}");

    /// <summary>One factor.</summary>
    public double Factor => text.Factors is [var factor] ? factor : throw Fault("needs one factor");

    /// <summary>The rows and columns added above, below, left and right.</summary>
    public (int Top, int Bottom, int Left, int Right) Padding => text.Padding is [var top, var bottom, var left, var right]
        && text.Padding.All(size => size is >= 0 and <= LargestWindow)
            ? (top, bottom, left, right)
            : throw Fault("needs four sides of padding");

    /// <summary>Several inputs whose shapes agree in all but what <paramref name="same"/> leaves out.</summary>
    public void RequireAlike(int least, Func<FeatureShape, FeatureShape> same)
    {
        if (inputs.Count < least)
        {
            throw Fault($"takes at least {least} inputs, not {inputs.Count}");
        }

        if (inputs.Select(same).Distinct().Count() > 1)
        {
            throw Fault($"takes inputs of shapes that agree, not {string.Join(", ", inputs)}");
        }
    }

    /// <summary>Takes the numbers of a layer's tensors from what is allowed.</summary>
    public void Hold(params ReadOnlySpan<long> factors)
    {
        if (!numbers.Take(factors))
        {
            throw Fault("would have more numbers than there are");
        }
    }

    /// <summary>An error about the layer.</summary>
    public PSTransferException Fault(string what) =>
        new(FaultKind.InvalidArgument, $"the {text.Kind} layer '{text.Name}' {what}.", text.Name);

    private int Between(int? value, int least, int most, string what) =>
        value is { } number && number >= least && number <= most ? number : throw Fault($"needs {what} from {least} to {most}");

    private double Between(double? value, double least, double most, string what) =>
        value is { } number && number >= least && number <= most ? number : throw Fault($"needs {what} above 0, at most {most}");
}

/// <summary>How many numbers the tensors of a network may have: as many as its file holds.</summary>
internal sealed class NumberAllowance(long numbers)
{
    private long _left = numbers;

    /// <summary>Takes the product of some factors; false if there aren't so many left.</summary>
    public bool Take(ReadOnlySpan<long> factors)
    {
        Int128 product = 1;
        foreach (var factor in factors)
        {
            product *= factor;
            if (product > _left)
            {
                return false;
            }
        }

        _left -= (long)product;
        return true;
    }
}
