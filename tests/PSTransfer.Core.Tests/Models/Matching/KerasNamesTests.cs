using PSTransfer.Core.Tests.Weights.KerasH5;

namespace PSTransfer.Core.Tests.Models.Matching;

/// <summary>A network of layers that Keras named itself: their numbers say no more than their order.</summary>
public sealed class KerasNamesTests
{
    private static readonly BackboneSpec Numbered = SmallKeras.Spec with
    {
        OlderNames = null,
        Layout = g =>
        {
            var x = g.Conv("conv2d", GraphBuilder.Input, 4, kernel: 3);
            x = g.BatchNorm("batch_normalization", x, scale: false);
            x = g.DepthwiseConv("stem", x, Window.Same(3));
            g.Conv("conv2d_1", x, 4, kernel: 1);
            return null;
        },
    };

    private static readonly long[] First = [3, 3, 3, 4];
    private static readonly long[] Depthwise = [3, 3, 4, 1];
    private static readonly long[] Second = [1, 1, 4, 4];

    [Theory]
    [InlineData("conv2d", "conv2d_1", "batch_normalization")]
    [InlineData("conv2d_1", "conv2d_2", "batch_normalization_1")]
    [InlineData("conv2d_94", "conv2d_188", "batch_normalization_94")]
    [InlineData("conv2d_9", "conv2d_10", "batch_normalization_9")]
    public void NumbersMayStartAnywhere(string first, string second, string norm)
    {
        // Sorted as HDF5 sorts, so that conv2d_10 comes before conv2d_9.
        var tensors = new List<KerasTensor>
        {
            Tensor(first, "kernel:0", First), Tensor(second, "kernel:0", Second), Tensor("stem", "depthwise_kernel:0", Depthwise),
            Tensor(norm, "beta:0", 4),
            Tensor(norm, "moving_mean:0", 4),
            Tensor(norm, "moving_variance:0", 4),
            Tensor("predictions", "kernel:0", 4, 2),
        }.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToArray();

        var (match, wanted) = Match(tensors);

        Assert.True(match.IsComplete(wanted, WeightConvention.Keras));
        Assert.Equal($"{first}/kernel:0", match.Sources["conv2d.weight"].Name);
        Assert.Equal($"{second}/kernel:0", match.Sources["conv2d_1.weight"].Name);
        Assert.Equal(["predictions/kernel:0"], match.Skipped.Select(tensor => tensor.Name));
    }

    /// <summary>
    /// Keras 3's .weights.h5 where it keeps no names: the class and a number in the order of the layers, and numbers for variables.
    /// </summary>
    [Fact]
    public void LayersWithoutNamesAreCountedByClass()
    {
        var (match, wanted) = Match(
            Variable("conv2d", 0, First), Variable("batch_normalization", 0, 4), Variable("batch_normalization", 1, 4),
            Variable("batch_normalization", 2, 4),
            Variable("depthwise_conv2d", 0, Depthwise), Variable("conv2d_1", 0, Second), Variable("dense", 0, 4, 2),
            Variable("dense", 1, 2));

        Assert.True(match.IsComplete(wanted, WeightConvention.Keras));
        Assert.Equal("layers/batch_normalization/vars/2", match.Sources["batch_normalization.running_var"].Name);
        Assert.Equal(2, match.Skipped.Count);
    }

    [Fact]
    public void AModelInsideOfAModelKeepsItsNames()
    {
        KerasTensor Inside(string layer, string key, params long[] shape) => new("base", $"{layer}/{key}", shape, "float32");
        var (match, wanted) = Match(
            Inside("conv2d_7", "kernel:0", First), Inside("conv2d_8", "kernel:0", Second), Inside("stem", "depthwise_kernel:0", Depthwise),
            Inside("batch_normalization_7", "beta:0", 4), Inside("batch_normalization_7", "moving_mean:0", 4),
            Inside("batch_normalization_7", "moving_variance:0", 4));
        Assert.True(match.IsComplete(wanted, WeightConvention.Keras));
    }

    /// <summary>
    /// A head may be a convolution under any name but one of a kind that the backbone has: that one means a deeper network.
    /// </summary>
    [Fact]
    public void AConvolutionOfAnotherNameIsLeftAside()
    {
        var (match, _) = Match(
            Tensor("conv_preds", "kernel:0", 1, 1, 4, 10),
            Tensor("my_head", "kernel:0", 1, 1, 4, 10),
            Tensor("stem2", "kernel:0", 1, 1, 4, 10));
        Assert.Equal(["conv_preds/kernel:0", "my_head/kernel:0"], match.Skipped.Select(tensor => tensor.Name));
        Assert.Equal(["stem2/kernel:0"], match.Unexpected.Select(tensor => tensor.Name));
    }

    /// <summary>EfficientNet's normalisation comes with the count of what Keras saw, which is no weight.</summary>
    [Fact]
    public void ACountIsLeftAside()
    {
        var spec = Numbered with { Layout = g => { g.Apply(new Normalization("normalization", 3), GraphBuilder.Input); return null; } };
        using var network = SmallKeras.Network(spec);
        var wanted = WantedTensor.Of(network.Backbone);
        KerasTensor[] tensors =
        [
            Tensor("normalization", "mean:0", 3),
            Tensor("normalization", "variance:0", 3),
            new("normalization", "normalization/count:0", [], "int64")
        ];
        var match = WeightMatch.Of(spec, wanted, new MemoryFile(WeightConvention.Keras, tensors));
        Assert.True(match.IsComplete(wanted, WeightConvention.Keras));
        Assert.Equal(["normalization/count:0"], match.Skipped.Select(tensor => tensor.Name));
    }

    [Fact]
    public void ADepthwiseKernelHasItsOwnOrder()
    {
        var wanted = Match().Wanted;
        Assert.Equal(Depthwise, wanted.Single(tensor => tensor.Layer == "stem").ShapeIn(WeightConvention.Keras));
        Assert.Equal(First, wanted.Single(tensor => tensor.Layer == "conv2d").ShapeIn(WeightConvention.Keras));
    }

    private static (WeightMatch Match, IReadOnlyList<WantedTensor> Wanted) Match(params KerasTensor[] tensors)
    {
        using var network = SmallKeras.Network(Numbered);
        var wanted = WantedTensor.Of(network.Backbone);
        return (WeightMatch.Of(Numbered, wanted, new MemoryFile(WeightConvention.Keras, tensors)), wanted);
    }

    private static KerasTensor Tensor(string layer, string key, params long[] shape) => new(layer, $"{layer}/{key}", shape, "float32");

    private static KerasTensor Variable(string layer, int index, params long[] shape) =>
        new(layer, $"layers/{layer}/vars/{index}", shape, "float32", index);
}
