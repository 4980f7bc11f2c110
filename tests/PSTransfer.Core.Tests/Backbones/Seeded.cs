namespace PSTransfer.Core.Tests.Backbones;

/// <summary>Weights and inputs by the formula of tests/Fixtures/backbones/seeded.py: FNV-1a of the name, then SplitMix64.</summary>
internal static class Seeded
{
    private static readonly string[] AroundOne = [".running_var", ".variance", ".weight", ".layer_scale"];

    public static torch.Tensor Tensor(string name, params long[] shape) => Tensor(name, shape, gain: 1);

    private static torch.Tensor Tensor(string name, long[] shape, double gain)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        var seed = 0xCBF29CE484222325;
        foreach (var letter in Encoding.UTF8.GetBytes(name))
        {
            seed = (seed ^ letter) * 0x100000001B3;
        }

        var (scale, offset) = Range(name, shape, gain);
        for (var i = 0; i < values.Length; i++)
        {
            var z = seed + ((ulong)(i + 1) * 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (float)(((z >> 40) / 16777216.0 * scale) + offset);
        }

        // TorchSharp doesn't keep a tensor alive while a native call reads it, so the garbage collector must not see this one unheld.
        using var flat = torch.tensor(values);
        return flat.reshape(shape);
    }

    /// <summary>What a network is fed: numbers around 0, or pixels where it rescales by itself.</summary>
    public static torch.Tensor Input(TransferNetwork network, params long[] shape) =>
        Tensor(network.Spec.Preprocessing == Preprocessing.None ? "pixels" : "input", shape);

    /// <summary>Replaces every tensor of a network; kernels are the formula's times the gain.</summary>
    public static void Fill(TransferNetwork network, double gain = 1)
    {
        using var _ = torch.no_grad();
        foreach (var (name, tensor) in network.State)
        {
            using var value = Tensor(name, tensor.shape, gain);
            tensor.copy_(value);
        }
    }

    private static (double Scale, double Offset) Range(string name, long[] shape, double gain)
    {
        if (name == "input")
        {
            return (4, -2);
        }

        if (name == "pixels")
        {
            return (255, 0);
        }

        if (shape.Length is 2 or 4)
        {
            var width = 2 * Math.Sqrt(3.0 / shape[1..].Aggregate((a, b) => a * b));
            width = shape.Length == 4 ? gain * width : width;
            return (width, -width / 2);
        }

        return AroundOne.Any(end => name.EndsWith(end, StringComparison.Ordinal)) ? (1, 0.5) : (0.4, -0.2);
    }
}
