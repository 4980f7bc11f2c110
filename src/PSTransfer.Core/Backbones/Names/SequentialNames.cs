using static PSTransfer.Core.Backbones.Names.NameParts;

namespace PSTransfer.Core.Backbones.Names;

/// <summary>
/// The names that torch.nn.Sequential gives the tensors of torchvision's networks if it is made of their children: 0.weight for
/// conv1.weight. fastai cuts networks in this way; the body is then 0. and the head 1.
/// </summary>
internal static class SequentialNames
{
    private const string Who = "numbers, as torch.nn.Sequential gives them (fastai's)";

    // conv1, bn1, relu, maxpool, layer1...
    private const int BeforeLayers = 4;

    public static readonly NameStyle ResNet = new(Who, name => name.Split('.', 2) switch
    {
        ["conv1", var rest] => $"0.{rest}",
        ["bn1", var rest] => $"1.{rest}",
        [var layer, var rest] => $"{Before(layer) + BeforeLayers}.{rest}",
        _ => name,
    });

    /// <summary>The names for networks whose first child, features, is the whole backbone.</summary>
    public static readonly NameStyle Features = new(Who, name => $"0.{name["features.".Length..]}");

    public static readonly NameStyle RegNet = new(Who, name => name.StartsWith("stem.", StringComparison.Ordinal)
        ? $"0.{name["stem.".Length..]}"
        : $"1.{name["trunk_output.".Length..]}");
}
