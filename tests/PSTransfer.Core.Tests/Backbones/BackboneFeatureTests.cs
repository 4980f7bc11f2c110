using static PSTransfer.Core.Tests.Backbones.BackboneFixture;

namespace PSTransfer.Core.Tests.Backbones;

/// <summary>
/// Pooled features of every backbone equal those of torchvision, and of networks built from Keras' and the paper's descriptions, in
/// float64.
/// </summary>
public sealed class BackboneFeatureTests
{
    public static TheoryData<string> Names => [.. BackboneCatalogue.All.Select(spec => spec.Name)];

    [Fact]
    public void TheFormulaIsTheScripts()
    {
        Assert.Equal([0.012878554f, 0.0700462f, -0.13630809f], First("conv1.weight", 64, 3, 7, 7));
        Assert.Equal([0.860204f, 1.324409f, 1.0691879f], First("bn1.weight", 64));
        Assert.Equal([-0.13112152f, -0.18393818f, 0.14879885f], First("bn1.bias", 64));
        Assert.Equal([1.1423075f, 1.2867534f, 1.4707788f], First("bn1.running_var", 64));
        Assert.Equal([-1.6087267f, 0.6094415f, -1.185503f], First("input", 3));

        static float[] First(string name, params long[] shape)
        {
            using var tensor = Seeded.Tensor(name, shape);
            return tensor.data<float>().Take(3).ToArray();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void FeaturesEqualTheOriginals(string name)
    {
        foreach (var @case in Cases(name))
        {
            var training = IsTraining(@case);
            using var network = Create(BackboneCatalogue.Find(name), @case);
            var distance = Distance(network, @case);
            Assert.True(distance <= (training ? TrainingTolerance : InferenceTolerance), $"{name}, training {training}: {distance}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnotherEpsilonMissesWhereThereIsBatchNorm(string name)
    {
        var @case = Cases(name)[0];
        var spec = BackboneCatalogue.Find(name);
        using var network = Create(spec with { Epsilon = spec.Epsilon < 1e-3 ? 1e-3 : 1e-5 }, @case);
        Assert.Equal(network.BatchNorms.Any(), Distance(network, @case) > 10 * InferenceTolerance);
    }

    /// <summary>
    /// torchvision's and Keras' ResNet50 differ in the convolution of a block that has the stride: each in the other's place misses.
    /// </summary>
    [Theory]
    [InlineData("resnet50", ".conv2", ".conv1")]
    [InlineData("resnext50_32x4d", ".conv2", ".conv1")]
    [InlineData("wide_resnet50_2", ".conv2", ".conv1")]
    [InlineData("keras-resnet50", "_1_conv", "_2_conv")]
    public void TheStrideOnTheOtherConvolutionMisses(string name, string from, string to)
    {
        var @case = Cases(name)[0];
        using var network = Create(BackboneCatalogue.Find(name), @case);
        var convolutions = network.Backbone.Layers.OfType<Conv>().ToDictionary(conv => conv.Name);
        var moved = 0;
        foreach (var conv in convolutions.Values.Where(conv =>
            conv.Name.EndsWith(from, StringComparison.Ordinal) && conv.Window.Stride == 2))
        {
            var other = convolutions[conv.Name[..^from.Length] + to];
            conv.Window = conv.Window with { Stride = 1 };
            other.Window = other.Window with { Stride = 2 };
            moved++;
        }

        Assert.Equal(3, moved);
        Assert.True(Distance(network, @case) > 10 * InferenceTolerance);
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("resnet20")]
    [InlineData("vgg16")]
    [InlineData("vgg16-bn")]
    [InlineData("mobilenetv2")]
    [InlineData("densenet121")]
    public void AMissingPaddingMisses(string name)
    {
        var @case = Cases(name)[0];
        using var network = Create(BackboneCatalogue.Find(name), @case);
        var first = network.Backbone.Layers.OfType<Conv>().First();
        first.Window = first.Window with { PadHeight = first.Window.PadHeight - 1, PadWidth = first.Window.PadWidth - 1 };
        Assert.True(Distance(network, @case) > 10 * InferenceTolerance);
    }

    [Fact]
    public void ReluForRelu6Misses()
    {
        var @case = Cases("mobilenetv2")[0];
        using var network = CreateOther(
            "mobilenetv2", @case, node => node.Layer is Relu6 relu6 ? node with { Layer = new Relu(relu6.Name) } : null);
        Assert.True(Distance(network, @case) > 10 * InferenceTolerance);
    }

    /// <summary>DenseNet puts new channels behind the old ones, and its transitions average.</summary>
    [Fact]
    public void AnotherOrderOfChannelsOrAnotherPoolingMisses()
    {
        var @case = Cases("densenet121")[0];
        using var reversed = CreateOther(
            "densenet121", @case, node => node.Layer is Concat ? node with { Inputs = [.. node.Inputs.Reverse()] } : null);
        using var pooled = CreateOther(
            "densenet121",
            @case,
            node => node.Layer is AveragePool pool ? node with { Layer = new MaxPool(pool.Name, Window.Square(2, stride: 2)) } : null);
        Assert.All([reversed, pooled], network => Assert.True(Distance(network, @case) > 10 * InferenceTolerance));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BlueForRedMisses(string name)
    {
        var @case = Cases(name)[0];
        using var network = Create(BackboneCatalogue.Find(name), @case);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Assert.True(
            Distance(
                network.Backbone.Forward(Seeded.Input(network, Shape(@case)).flip(1), ForwardPass.Inference),
                @case) > 10 * InferenceTolerance);
    }

    /// <summary>Keras' MobileNetV2 has the same table, and pads only below and right where it strides.</summary>
    [Fact]
    public void PaddingOnTheOtherSideMisses()
    {
        var @case = Cases("mobilenetv2")[0];
        using var network = Create(BackboneCatalogue.Find("mobilenetv2"), @case);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var x = Seeded.Tensor("input", Shape(@case));
        var first = network.Backbone.Layers.OfType<Conv>().First();
        first.Window = first.Window with { PadHeight = 0, PadWidth = 0 };
        var map = network.Backbone.Forward(torch.nn.functional.pad(x, [0, 1, 0, 1]), ForwardPass.Inference);
        Assert.True(Distance(map, @case) > 10 * InferenceTolerance);
    }
}
