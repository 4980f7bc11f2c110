using PSTransfer.Core.Backbones.Keras;
using PSTransfer.Core.Backbones.Torch;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Backbones;

/// <summary>All backbones. A name is found regardless of case, dashes, underscores and blanks.</summary>
public static class BackboneCatalogue
{
    /// <summary>All backbones, family by family, torchvision's layout first.</summary>
    public static IReadOnlyList<BackboneSpec> All { get; } =
    [
        ResNetCifar.ResNet20,
        ResNet.ResNet18,
        ResNet.ResNet34,
        ResNet.ResNet50,
        ResNet.ResNet101,
        ResNet.ResNet152,
        ResNet.ResNeXt50,
        ResNet.WideResNet50,
        Vgg.Vgg16,
        Vgg.Vgg16BatchNorm,
        MobileNetV2.Spec,
        MobileNetV3.Small,
        MobileNetV3.Large,
        InceptionV3.Spec,
        DenseNet.DenseNet121,
        DenseNet.DenseNet169,
        DenseNet.DenseNet201,
        EfficientNet.B0,
        EfficientNet.B1,
        EfficientNet.B2,
        EfficientNet.B3,
        EfficientNet.B4,
        RegNet.Y400MF,
        ConvNeXt.Tiny,
        KerasResNet.ResNet50,
        KerasResNet.ResNet101,
        KerasResNet.ResNet152,
        KerasResNetV2.ResNet50V2,
        KerasVgg.Vgg16,
        KerasXception.Spec,
        KerasMobileNet.Spec,
        KerasMobileNetV2.Spec,
        KerasDenseNet.DenseNet121,
        KerasInceptionV3.Spec,
        KerasInceptionResNetV2.Spec,
        KerasEfficientNet.B0,
        KerasEfficientNet.B1,
        KerasEfficientNet.B2,
        KerasEfficientNet.B3,
    ];

    /// <summary>Returns the backbone of a name.</summary>
    /// <exception cref="PSTransferException">There is no such backbone; the message names the nearest.</exception>
    public static BackboneSpec Find(string name) =>
        All.FirstOrDefault(spec => Plain(spec.Name) == Plain(name))
        ?? throw new PSTransferException(
            FaultKind.NotFound,
            $"There is no backbone '{name}'. {Nearest.Hint(name, All.Select(spec => spec.Name))} Get-Backbone lists them.",
            name);

    private static string Plain(string name) =>
        string.Concat(name.Where(c => c is not ('-' or '_' or ' '))).ToUpperInvariant();
}
