using static PSTransfer.Core.Backbones.Names.NameParts;

namespace PSTransfer.Core.Backbones.Names;

/// <summary>
/// The names in Hugging Face's transformers for the tensors of torchvision's networks: microsoft/resnet-50, facebook/convnext-tiny-224.
/// </summary>
internal static class HuggingFaceNames
{
    public static readonly NameStyle ResNet = new("Hugging Face's", name => name.Split('.') switch
    {
        ["conv1", var key] => $"embedder.embedder.convolution.{key}",
        ["bn1", var key] => $"embedder.embedder.normalization.{key}",
        [var layer, var block, "downsample", var part, var key] =>
            $"encoder.stages.{Before(layer)}.layers.{block}.shortcut.{(part == "0" ? "convolution" : "normalization")}.{key}",
        [var layer, var block, var part, var key] =>
            $"encoder.stages.{Before(layer)}.layers.{block}.layer.{Before(part)}."
            + $"{(part.StartsWith("conv", StringComparison.Ordinal) ? "convolution" : "normalization")}.{key}",
        _ => name,
    });

    public static readonly NameStyle ConvNeXt = new("Hugging Face's", name => name.Split('.') switch
    {
        ["features", "0", var part, var key] => $"embeddings.{(part == "0" ? "patch_embeddings" : "layernorm")}.{key}",
        ["features", var stage, var block, "layer_scale"] => $"encoder.stages.{Half(stage)}.layers.{block}.layer_scale_parameter",
        ["features", var stage, var block, "block", var part, var key] =>
            $"encoder.stages.{Half(stage)}.layers.{block}."
            + $"{part switch { "0" => "dwconv", "2" => "layernorm", "3" => "pwconv1", _ => "pwconv2" }}.{key}",
        ["features", var stage, var part, var key] => $"encoder.stages.{Half(stage)}.downsampling_layer.{part}.{key}",
        _ => name,
    });
}
