using static PSTransfer.Core.Tests.Backbones.BackboneFixture;

namespace PSTransfer.Core.Tests.Backbones;

/// <summary>
/// Each fixture of Keras' Inception networks and EfficientNet misses by more than ten tolerances when one detail is another.
/// </summary>
public sealed partial class KerasSensitivityBTests
{
    private const string V3 = "keras-inceptionv3";
    private const string ResNetV2 = "keras-inceptionresnetv2";
    private const string Efficient = "keras-efficientnetb0";

    public static TheoryData<string> Inceptions => [V3, ResNetV2];

    public static TheoryData<string> EfficientNets =>
        ["keras-efficientnetb0", "keras-efficientnetb1", "keras-efficientnetb2", "keras-efficientnetb3"];

    [Theory]
    [MemberData(nameof(Inceptions))]
    public void PoolingThatCountsPaddingMisses(string name) =>
        Misses(
            name,
            node =>
                node.Layer is AveragePool pool ? node with { Layer = new AveragePool(pool.Name, pool.Window, countsPadding: true) } : null);

    [Theory]
    [MemberData(nameof(Inceptions))]
    public void MaximumForMeanMisses(string name) =>
        Misses(name, node => node.Layer is AveragePool pool ? node with { Layer = new MaxPool(pool.Name, pool.Window) } : null);

    [Theory]
    [InlineData(V3, "mixed0")]
    [InlineData(V3, "mixed3")]
    [InlineData(V3, "mixed7")]
    [InlineData(V3, "mixed8")]
    [InlineData(V3, "mixed9_0")]
    [InlineData(V3, "mixed9_1")]
    [InlineData(V3, "concatenate")]
    [InlineData(V3, "mixed10")]
    [InlineData(ResNetV2, "mixed_5b")]
    [InlineData(ResNetV2, "block35_1_mixed")]
    [InlineData(ResNetV2, "mixed_6a")]
    [InlineData(ResNetV2, "block17_1_mixed")]
    [InlineData(ResNetV2, "mixed_7a")]
    [InlineData(ResNetV2, "block8_1_mixed")]
    public void AnotherOrderOfBranchesMisses(string name, string layer) =>
        Misses(name, node => node.Layer.Name == layer ? node with { Inputs = [.. node.Inputs.Reverse()] } : null);

    /// <summary>The formula gives a 7×1 kernel the numbers of the 1×7, so only the direction changes.</summary>
    [Theory]
    [MemberData(nameof(Inceptions))]
    public void RowsForColumnsMisses(string name) => Misses(name, node =>
        node.Layer is Conv { Window: var window } conv && window.Height != window.Width
            ? node with { Layer = Other(conv, window with { Height = window.Width, Width = window.Height }) }
            : null);

    [Theory]
    [MemberData(nameof(Inceptions))]
    public void PaddingWhereThereIsNoneMisses(string name) => Misses(name, node =>
        node.Layer is Conv { Name: "conv2d" } conv ? node with { Layer = Other(conv, Window.Square(3, stride: 2, padding: 1)) } : null);

    [Theory]
    [InlineData(0, 9, 0.17)]
    [InlineData(10, 29, 0.1)]
    [InlineData(30, 38, 0.2)]
    [InlineData(39, 39, 1)]
    public void AnotherScaleOfTheResidualsMisses(int first, int last, double scale) => Misses(ResNetV2, node =>
        node.Layer is Add add && Number(add.Name) >= first && Number(add.Name) <= last
            ? node with { Layer = new Add(add.Name, scale * 1.1) }
            : null);

    [Fact]
    public void AReluAfterTheLastResidualMisses() =>
        Misses(
            ResNetV2,
            node => node.Layer is Add { Name: "custom_scale_layer_39" } add ? node with { Layer = new PositiveSum(add.Name) } : null);

    [Theory]
    [MemberData(nameof(EfficientNets))]
    public void ReluForSiluMisses(string name) =>
        Misses(name, node => node.Layer is Silu silu ? node with { Layer = new Relu(silu.Name) } : null);

    [Theory]
    [MemberData(nameof(EfficientNets))]
    public void ReluInTheSqueezeMisses(string name) =>
        Misses(name, node => node.Layer is Silu { Name: "" } silu ? node with { Layer = new Relu(silu.Name) } : null);

    [Theory]
    [MemberData(nameof(EfficientNets))]
    public void HardSigmoidMisses(string name) =>
        Misses(name, node => node.Layer is Sigmoid sigmoid ? node with { Layer = new HardSigmoid(sigmoid.Name) } : null);

    /// <summary>The squeeze taken before the activation: the right parts at the wrong place.</summary>
    [Theory]
    [MemberData(nameof(EfficientNets))]
    public void ASqueezeOfAnotherMapMisses(string name) =>
        Misses(name, node => node.Layer is GlobalAveragePool ? node with { Inputs = [node.Inputs[0] - 1] } : null);

    [Theory]
    [MemberData(nameof(EfficientNets))]
    public void WithoutTheSecondRescalingItMisses(string name) =>
        Misses(
            name, node => node.Layer is Rescaling { Name: "rescaling_1" } ? node with { Layer = new Rescaling("rescaling_1", 1) } : null);

    [Theory]
    [MemberData(nameof(EfficientNets))]
    public void TheSecondRescalingOfAnotherChannelMisses(string name) => Misses(name, node =>
        node.Layer is Rescaling { Name: "rescaling_1" }
            ? node with { Layer = new Rescaling("rescaling_1", 1 / Math.Sqrt(0.225), 1 / Math.Sqrt(0.224), 1 / Math.Sqrt(0.229)) }
            : null);

    [Theory]
    [MemberData(nameof(EfficientNets))]
    public void RescalingAfterNormalizationMisses(string name) => Misses(name, node => node.Layer switch
    {
        Rescaling { Name: "rescaling" } => node with { Layer = new Normalization("normalization", 3) },
        Normalization => node with { Layer = new Rescaling("rescaling", 1 / 255.0) },
        _ => null,
    });

    /// <summary>At an even size Keras pads below and right only.</summary>
    [Theory]
    [MemberData(nameof(EfficientNets))]
    public void PaddingOnTheOtherSideMisses(string name) => Misses(name, node => node.Layer switch
    {
        ZeroPadding { Name: "block3a_dwconv_pad" or "block6a_dwconv_pad" } =>
            node with { Layer = new ZeroPadding(node.Layer.Name, 2, 1, 2, 1) },
        ZeroPadding => node with { Layer = new ZeroPadding(node.Layer.Name, 1, 0, 1, 0) },
        _ => null,
    });

    private static void Misses(string name, Func<Node, Node?> replace)
    {
        var @case = Cases(name)[0];
        using var network = CreateOther(name, @case, replace);
        var distance = Distance(network, @case);
        Assert.True(distance > 10 * InferenceTolerance, distance.ToString(CultureInfo.InvariantCulture));
    }

    private static Conv Other(Conv conv, Window window)
    {
        var shape = conv.Parameters[0].Value.shape;
        return new Conv(conv.Name, (int)shape[1], (int)shape[0], window, bias: false);
    }

    private static int Number(string name) =>
        Digits().Match(name) is { Success: true } match ? int.Parse(match.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("[0-9]+$")]
    private static partial Regex Digits();

    private sealed class PositiveSum(string name) : Layer(name)
    {
        public override torch.Tensor Forward(IReadOnlyList<torch.Tensor> inputs, ForwardPass pass)
        {
            using var sum = inputs[0].add(inputs[1]);
            return torch.nn.functional.relu(sum);
        }

        public override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => inputs[0];
    }
}
