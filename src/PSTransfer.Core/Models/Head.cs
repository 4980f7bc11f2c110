using PSTransfer.Core.Native;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Models;

/// <summary>A classifier on top of a backbone: pooling, hidden layers with ReLU, dropout, logits.</summary>
public sealed record Head
{
    /// <summary>The number of logits: 1 for a binary classifier (sigmoid), at least 2 for softmax.</summary>
    public required int ClassCount { get; init; }

    /// <summary>How maps are pooled into a vector. Default: Average.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>The sizes of the hidden layers, in order. Default: none.</summary>
    public IReadOnlyList<int> HiddenUnits { get; init; } = [];

    /// <summary>The rate of the dropout before the logits, at least 0 and below 1. Default: 0, no dropout layer.</summary>
    public double Dropout { get; init; }

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="PSTransferException">A number is out of range.</exception>
    public void Validate()
    {
        Require(ClassCount >= 1, "ClassCount", $"must be at least 1, not {ClassCount}");
        Require(HiddenUnits.All(units => units >= 1), "HiddenUnits", $"must be positive, not {string.Join(", ", HiddenUnits)}");
        Require(Dropout is >= 0 and < 1, "Dropout", $"must be at least 0 and below 1, not {Dropout}");
    }

    /// <summary>Refuses a head that is larger than the machine's memory.</summary>
    /// <exception cref="PSTransferException">InvalidArgument: the head is too large.</exception>
    internal void RequireMemory(FeatureShape features)
    {
        var sizes = Weights(features)
            .Select(weight => (weight.Name, Bytes: (double)weight.Outputs * weight.Inputs * sizeof(float)))
            .ToList();
        var parameter = sizes[^1].Bytes >= sizes.Max(size => size.Bytes) ? nameof(ClassCount) : nameof(HiddenUnits);
        var numbers = string.Join(" and ", Weights(features).Select(weight => $"{weight.Inputs:N0} × {weight.Outputs:N0}"));
        MachineMemory.Require(sizes.Sum(size => size.Bytes), parameter, $"a head of {numbers} weights");
    }

    /// <summary>The names, outputs and inputs of the weights that <see cref="Build"/> makes.</summary>
    internal IEnumerable<(string Name, long Outputs, long Inputs)> Weights(FeatureShape features)
    {
        var inputs = Pooling == Pooling.Flatten ? (long)features.Channels * features.Height * features.Width : features.Channels;
        for (var i = 0; i < HiddenUnits.Count; i++)
        {
            yield return ($"head.dense{i + 1}.weight", HiddenUnits[i], inputs);
            inputs = HiddenUnits[i];
        }

        yield return ("head.logits.weight", ClassCount, inputs);
    }

    /// <summary>Builds the layers on features of the given shape. The caller sets their weights.</summary>
    public Graph Build(FeatureShape features)
    {
        var g = new GraphBuilder(features);
        var x = features.IsVector ? GraphBuilder.Input : Pooling switch
        {
            Pooling.Max => g.Apply(new GlobalMaxPool("head.pool"), GraphBuilder.Input),
            Pooling.Flatten => g.Apply(new Flatten("head.flatten"), GraphBuilder.Input),
            _ => g.Apply(new GlobalAveragePool("head.pool"), GraphBuilder.Input),
        };
        for (var i = 0; i < HiddenUnits.Count; i++)
        {
            x = g.Dense($"head.dense{i + 1}", x, HiddenUnits[i]);
            x = g.Relu($"head.relu{i + 1}", x);
        }

        if (Dropout > 0)
        {
            x = g.Apply(new Dropout("head.dropout", Dropout), x);
        }

        g.Dense("head.logits", x, ClassCount);
        return g.Build();
    }
}
