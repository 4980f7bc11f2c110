using PSTransfer.Core.Weights.Onnx.Format;

namespace PSTransfer.Core.Backbones.Onnx;

/// <summary>The attributes of an ONNX operator.</summary>
internal sealed class OnnxAttributes(Node node)
{
    /// <summary>Whether an attribute is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>An integer.</summary>
    public long Whole(string name, long otherwise) => Find(name)?.I ?? otherwise;

    /// <summary>A number.</summary>
    public float Number(string name, float otherwise) => Find(name)?.F ?? otherwise;

    /// <summary>A word.</summary>
    public string Word(string name, string otherwise) => Find(name)?.S.ToStringUtf8() ?? otherwise;

    /// <summary>Some integers; null if they aren't there.</summary>
    public long[]? Wholes(string name) => Find(name) is { } found ? [.. found.Ints] : null;

    /// <summary>Axes, which are an attribute up to some opset and an input after it; empty for none.</summary>
    public long[] Axes(IReadOnlyList<OnnxValue?> inputs, int input) =>
        Wholes("axes") ?? (inputs.ElementAtOrDefault(input) as OnnxNumbers)?.Whole ?? [];

    /// <summary>The axes of a slice with start, end and step of each; null if they aren't known.</summary>
    public (long Axis, long Start, long End, long Step)[]? Slice(IReadOnlyList<OnnxValue?> inputs)
    {
        var starts = Wholes("starts") ?? Input(1);
        var ends = Wholes("ends") ?? Input(2);
        if (starts is null || ends is null || starts.Length != ends.Length)
        {
            return null;
        }

        var axes = Wholes("axes") ?? Input(3) ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        var steps = Input(4) ?? [.. starts.Select(_ => 1L)];
        return axes.Length == starts.Length && steps.Length == starts.Length
            ? [.. starts.Select((start, i) => (axes[i], start, ends[i], steps[i]))]
            : null;

        long[]? Input(int place) => (inputs.ElementAtOrDefault(place) as OnnxNumbers)?.Whole;
    }

    private Weights.Onnx.Format.Attribute? Find(string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);
}
