using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>A value in an ONNX graph: numbers that are known when it is read, or a map of the network.</summary>
internal abstract record OnnxValue
{
    /// <summary>The size of the batch, which isn't known before the network is used.</summary>
    public const long Batch = long.MinValue;
}

/// <summary>Numbers that are known: a weight, or a shape that the graph computes.</summary>
/// <param name="Dims">The dimensions; empty for a single number.</param>
/// <param name="Floats">The numbers, row-major; null for integers.</param>
/// <param name="Whole">The integers, in which <see cref="OnnxValue.Batch"/> stands for the size of the batch; null for floats.</param>
internal sealed record OnnxNumbers(long[] Dims, float[]? Floats, long[]? Whole) : OnnxValue
{
    /// <summary>The name of the tensor in the file; empty for a computed one.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>How many numbers there are.</summary>
    public int Count => Floats?.Length ?? Whole!.Length;
}

/// <summary>The output of a node of the network.</summary>
/// <param name="Node">The node's number in the builder.</param>
/// <param name="Shape">The shape of one image's output.</param>
internal sealed record OnnxMap(int Node, FeatureShape Shape) : OnnxValue
{
    /// <summary>Our order of dimensions: images, channels, rows, columns.</summary>
    public static readonly int[] Ours = [0, 1, 2, 3];

    /// <summary>The order of dimensions with the channels last.</summary>
    public static readonly int[] ChannelsLast = [0, 2, 3, 1];

    /// <summary>For each dimension in the graph, its place in ours. The graph may move dimensions; the map here stays.</summary>
    public int[] Order { get; init; } = Ours;

    /// <summary>The groups into which the channels are parted; 0 for none.</summary>
    public int Groups { get; init; }

    /// <summary>Whether the groups' channels are exchanged.</summary>
    public bool Exchanged { get; init; }

    /// <summary>The map that a vector was flattened from with its channels innermost; null for our order.</summary>
    public FeatureShape? FlattenedChannelsLast { get; init; }

    /// <summary>The dimensions in the graph's order.</summary>
    public long[] Dims
    {
        get
        {
            if (Shape.IsVector)
            {
                return [Batch, Shape.Channels];
            }

            if (Groups > 0)
            {
                long each = Shape.Channels / Groups;
                return Exchanged ? [Batch, each, Groups, Shape.Height, Shape.Width] : [Batch, Groups, each, Shape.Height, Shape.Width];
            }

            long[] ours = [Batch, Shape.Channels, Shape.Height, Shape.Width];
            return [.. Order.Select(place => ours[place])];
        }
    }
}
