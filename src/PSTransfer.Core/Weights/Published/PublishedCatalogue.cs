using PSTransfer.Core.Downloads;

namespace PSTransfer.Core.Weights.Published;

/// <summary>
/// The weight files that publishers offer for the backbones. torchvision's are IMAGENET1K_V1 (imagenet) and IMAGENET1K_V2 (imagenet-v2),
/// from torchvision/models/*.py (url, _file_size). Those of Keras Applications, without the classifier, come from
/// keras/src/applications/*.py.
/// </summary>
public static class PublishedCatalogue
{
    private const string First = "imagenet";
    private const string Second = "imagenet-v2";

    private static readonly Dictionary<string, IReadOnlyList<PublishedWeights>> Sets = new(StringComparer.OrdinalIgnoreCase)
    {
        // torchvision's MB are MiB, to three decimals.
        ["resnet18"] = [Torch(First, "resnet18-f37072fd.pth", 44.661)],
        ["resnet34"] = [Torch(First, "resnet34-b627a593.pth", 83.275)],
        ["resnet50"] = [Torch(First, "resnet50-0676ba61.pth", 97.781), Torch(Second, "resnet50-11ad3fa6.pth", 97.790)],
        ["resnet101"] = [Torch(First, "resnet101-63fe2227.pth", 170.511), Torch(Second, "resnet101-cd907fc2.pth", 170.530)],
        ["resnet152"] = [Torch(First, "resnet152-394f9c45.pth", 230.434), Torch(Second, "resnet152-f82ba261.pth", 230.474)],
        ["resnext50_32x4d"] = [Torch(First, "resnext50_32x4d-7cdf4587.pth", 95.789), Torch(Second, "resnext50_32x4d-1a0047aa.pth", 95.833)],
        ["wide_resnet50_2"] =
        [
            // In float16.
            Torch(First, "wide_resnet50_2-95faca4d.pth", 131.820),
            Torch(Second, "wide_resnet50_2-9ba9bcbe.pth", 263.124),
        ],
        ["mobilenetv2"] = [Torch(First, "mobilenet_v2-b0353104.pth", 13.555), Torch(Second, "mobilenet_v2-7ebf99e0.pth", 13.598)],
        ["mobilenetv3-small"] = [Torch(First, "mobilenet_v3_small-047dcff4.pth", 9.829)],
        ["mobilenetv3-large"] =
            [Torch(First, "mobilenet_v3_large-8738ca79.pth", 21.114), Torch(Second, "mobilenet_v3_large-5c1a4163.pth", 21.107)],
        ["inceptionv3"] =
        [
            // Google's weights, which want pixels of -1 to 1 (transform_input).
            Torch(First, "inception_v3_google-0cc3c7bd.pth", 103.903),
        ],
        ["densenet121"] = [Torch(First, "densenet121-a639ec97.pth", 30.845)],
        ["densenet169"] = [Torch(First, "densenet169-b2777c0a.pth", 54.708)],
        ["densenet201"] = [Torch(First, "densenet201-c1103571.pth", 77.373)],
        ["efficientnet-b0"] = [Torch(First, "efficientnet_b0_rwightman-7f5810bc.pth", 20.451)],
        ["efficientnet-b1"] =
            [Torch(First, "efficientnet_b1_rwightman-bac287d4.pth", 30.134), Torch(Second, "efficientnet_b1-c27df63c.pth", 30.136)],
        ["efficientnet-b2"] = [Torch(First, "efficientnet_b2_rwightman-c35c1473.pth", 35.174)],
        ["efficientnet-b3"] = [Torch(First, "efficientnet_b3_rwightman-b3899882.pth", 47.184)],
        ["efficientnet-b4"] = [Torch(First, "efficientnet_b4_rwightman-23ab8bcd.pth", 74.489)],
        ["vgg16"] = [Torch(First, "vgg16-397923af.pth", 527.796)],
        ["vgg16-bn"] = [Torch(First, "vgg16_bn-6c64b313.pth", 527.866)],
        ["regnet_y_400mf"] = [Torch(First, "regnet_y_400mf-c65dace8.pth", 16.806), Torch(Second, "regnet_y_400mf-e6988f5f.pth", 16.806)],
        ["convnext-tiny"] = [Torch(First, "convnext_tiny-983f1562.pth", 109.119)],

        // The MD5 comes from Keras' file_hash, the number of bytes from its count during a download.
        ["keras-resnet50"] =
            [Keras("resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", 94_765_736, "4d473c1dd8becc155b73f8504c6f6626")],
        ["keras-resnet101"] =
            [Keras("resnet/resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5", 171_446_536, "88cf7a10940856eca736dc7b7e228a21")],
        ["keras-resnet152"] =
            [Keras("resnet/resnet152_weights_tf_dim_ordering_tf_kernels_notop.h5", 234_698_864, "ee4c566cf9a93f14d82f913c2dc6dd0c")],
        ["keras-resnet50v2"] =
            [Keras("resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5", 94_668_760, "fac2f116257151a9d068a22e544a4917")],
        ["keras-xception"] =
            [Keras("xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5", 83_683_744, "b0042744bf5b25fce3cb969f33bebb97")],
        ["keras-inceptionv3"] =
        [
            Keras("inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5", 87_910_968, "bcbd6486424b2319ff4ef7d526e38f63"),
        ],
        ["keras-inceptionresnetv2"] =
        [
            Keras(
                "inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
                219_055_592, "d19885ff4a710c122648d3b5c3b684e4"),
        ],
        ["keras-mobilenet"] = [Keras("mobilenet/mobilenet_1_0_224_tf_no_top.h5", 17_225_924, md5: null)],
        ["keras-mobilenetv2"] =
            [Keras("mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5", 9_406_464, md5: null)],
        ["keras-densenet121"] =
            [Keras("densenet/densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5", 29_084_464, "30ee3e1110167f948a6b9946edeeb738")],
        ["keras-efficientnetb0"] = [KerasEfficientNet("b0", 16_705_208, "50bc09e76180e00e4465e1a485ddc09d")],
        ["keras-efficientnetb1"] = [KerasEfficientNet("b1", 27_018_416, "74c4e6b3e1f6a1eea24c589628592432")],
        ["keras-efficientnetb2"] = [KerasEfficientNet("b2", 31_790_344, "111f8e2ac8aa800a7a99e3239f7bfb39")],
        ["keras-efficientnetb3"] = [KerasEfficientNet("b3", 43_941_136, "af6d107764bb5b1abb91932881670226")],
        ["keras-vgg16"] =
            [Keras("vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", 58_889_256, "6d6bbae143d832006294945121d1f1fc")],
    };

    /// <summary>Returns the published weights of a backbone, the publisher's first set first; none if there are none.</summary>
    public static IReadOnlyList<PublishedWeights> For(string backbone) => Sets.GetValueOrDefault(backbone) ?? [];

    /// <summary>Returns the published weights of a name, ignoring case; null if the backbone has none.</summary>
    public static PublishedWeights? Find(string backbone, string weights) =>
        For(backbone).FirstOrDefault(set => set.Name.Equals(weights, StringComparison.OrdinalIgnoreCase));

    /// <summary>Describes a torchvision file, whose name holds the first eight digits of its SHA-256.</summary>
    private static PublishedWeights Torch(string name, string file, double mebibytes) => new()
    {
        Name = name,
        Address = new Uri($"https://download.pytorch.org/models/{file}"),
        Hash = new PublishedHash(PublishedHashKind.Sha256Start, file[(file.LastIndexOf('-') + 1)..file.LastIndexOf('.')]),
        Mebibytes = mebibytes,
    };

    private static PublishedWeights Keras(string file, long bytes, string? md5) =>
        OfKeras($"https://storage.googleapis.com/tensorflow/keras-applications/{file}", bytes, md5);

    private static PublishedWeights KerasEfficientNet(string size, long bytes, string md5) =>
        OfKeras($"https://storage.googleapis.com/keras-applications/efficientnet{size}_notop.h5", bytes, md5);

    private static PublishedWeights OfKeras(string address, long bytes, string? md5) => new()
    {
        Name = First,
        Address = new Uri(address),
        Hash = md5 is null ? null : new PublishedHash(PublishedHashKind.Md5, md5),
        Bytes = bytes,
    };
}
