using static PSTransfer.Core.Backbones.Names.NameParts;

namespace PSTransfer.Core.Backbones.Names;

/// <summary>
/// timm's names for the tensors of torchvision's networks: efficientnet_b0 to b4, mobilenetv2_100, convnext_tiny, regnety_004. timm's
/// ResNets and relatives, VGG, DenseNet and Inception use torchvision's names. timm's tf_ and MobileNetV3 networks are different networks.
/// </summary>
internal static class TimmNames
{
    private static readonly int[] MobileNetV2Stages = [1, 2, 3, 4, 3, 3, 1];

    public static readonly NameStyle EfficientNet = new("timm's", name => name.Split('.') switch
    {
        ["features", "0", var part, var key] => $"{(part == "0" ? "conv_stem" : "bn1")}.{key}",
        ["features", "8", var part, var key] => $"{(part == "0" ? "conv_head" : "bn2")}.{key}",
        ["features", var stage, var block, "block", _, var fc, var key] when fc.StartsWith("fc", StringComparison.Ordinal) =>
            $"blocks.{Before(stage)}.{block}.se.{(fc == "fc1" ? "conv_reduce" : "conv_expand")}.{key}",
        ["features", "1", var block, "block", var unit, var part, var key] =>
            $"blocks.0.{block}.{Unit(unit == "0" ? 0 : 1, part, "conv_dw", "conv_pw")}.{key}",
        ["features", var stage, var block, "block", var unit, var part, var key] =>
            $"blocks.{Before(stage)}.{block}.{Unit(unit == "3" ? 2 : Before(unit) + 1, part, "conv_pw", "conv_dw", "conv_pwl")}.{key}",
        _ => name,
    }, Impostor: "tf_efficientnet");

    public static readonly NameStyle MobileNetV2 = new("timm's", name => name.Split('.') switch
    {
        ["features", "0", var part, var key] => $"{(part == "0" ? "conv_stem" : "bn1")}.{key}",
        ["features", "18", var part, var key] => $"{(part == "0" ? "conv_head" : "bn2")}.{key}",
        ["features", "1", "conv", "0", var part, var key] => $"blocks.0.0.{Unit(0, part, "conv_dw")}.{key}",
        ["features", "1", "conv", var part, var key] => $"blocks.0.0.{(part == "1" ? "conv_pw" : "bn2")}.{key}",
        ["features", var index, "conv", var unit, var part, var key] =>
            $"{MobileNetV2Block(index)}.{Unit(Before(unit) + 1, part, "conv_pw", "conv_dw")}.{key}",
        ["features", var index, "conv", var part, var key] => $"{MobileNetV2Block(index)}.{(part == "2" ? "conv_pwl" : "bn3")}.{key}",
        _ => name,
    });

    public static readonly NameStyle ConvNeXt = new("timm's", name => name.Split('.') switch
    {
        ["features", "0", var part, var key] => $"stem.{part}.{key}",
        ["features", var stage, var block, "layer_scale"] => $"stages.{Half(stage)}.blocks.{block}.gamma",
        ["features", var stage, var block, "block", var part, var key] =>
            $"stages.{Half(stage)}.blocks.{block}."
            + $"{part switch { "0" => "conv_dw", "2" => "norm", "3" => "mlp.fc1", _ => "mlp.fc2" }}.{key}",
        ["features", var stage, var part, var key] => $"stages.{Half(stage)}.downsample.{part}.{key}",
        _ => name,
    });

    public static readonly NameStyle RegNet = new("timm's", name => name.Split('.') switch
    {
        ["stem", var part, var key] => $"stem.{ConvOrNorm(part)}.{key}",
        ["trunk_output", _, var block, "proj", var part, var key] => $"{RegNetBlock(block)}.downsample.{ConvOrNorm(part)}.{key}",
        ["trunk_output", _, var block, "f", "se", var fc, var key] => $"{RegNetBlock(block)}.se.{fc}.{key}",
        ["trunk_output", _, var block, "f", var unit, var part, var key] =>
            $"{RegNetBlock(block)}.conv{unit[0] - 'a' + 1}.{ConvOrNorm(part)}.{key}",
        _ => name,
    });

    private static string ConvOrNorm(string part) => part == "0" ? "conv" : "bn";

    /// <summary>The name of a block's n-th convolution, or of its numbered normalisation.</summary>
    private static string Unit(int n, string part, params ReadOnlySpan<string> convolutions) =>
        part == "0" ? convolutions[n] : $"bn{n + 1}";

    private static string MobileNetV2Block(string index)
    {
        var block = Before(index);
        var stage = 0;
        while (block >= MobileNetV2Stages[stage])
        {
            block -= MobileNetV2Stages[stage++];
        }

        return $"blocks.{stage}.{block}";
    }

    /// <summary>Returns timm's name of a block. block2-0 is the first of the second stage; timm counts both from 1: s2.b1.</summary>
    private static string RegNetBlock(string block)
    {
        var numbers = block["block".Length..].Split('-');
        return $"s{numbers[0]}.b{Before(numbers[1]) + 2}";
    }
}
