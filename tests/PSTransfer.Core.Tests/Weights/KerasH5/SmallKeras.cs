using PSTransfer.Core.Weights.KerasZip;

namespace PSTransfer.Core.Tests.Weights.KerasH5;

/// <summary>The small network of tests/Fixtures/keras-h5/make.py, with keras-resnet50's older names, and its files.</summary>
internal static class SmallKeras
{
    public const double NewEpsilon = 1.001e-5;
    public const double OldEpsilon = 1e-3;

    public static BackboneSpec Spec { get; } = new()
    {
        Name = "small",
        Family = BackboneFamily.Keras,
        DefaultImageSize = 8,
        MinimumImageSize = 1,
        Preprocessing = Preprocessing.Rescale,
        Epsilon = NewEpsilon,
        OlderNames = BackboneCatalogue.Find("keras-resnet50").OlderNames,
        Reference = "none",
        Layout = g =>
        {
            var x = g.Conv("conv1_conv", GraphBuilder.Input, 4, kernel: 3, bias: true);
            x = g.BatchNorm("conv1_bn", x);
            x = g.Conv("conv2_block1_1_conv", x, 6, kernel: 1, bias: true);
            g.BatchNorm("conv2_block1_1_bn", x);
            return null;
        },
    };

    public static TransferNetwork Network(BackboneSpec? spec = null) =>
        TransferNetwork.Create(spec ?? Spec, new ImageShape(8, 8, 3), seed: 2);

    /// <summary>Reads all tensors of a .h5 or, by its first bytes, of a .keras.</summary>
    public static void ReadAll(string path, float[] numbers)
    {
        using IWeightFile file = System.IO.File.ReadAllBytes(path) is [(byte)'P', ..] ? KerasZipFile.Open(path) : KerasFile.Open(path);
        foreach (var tensor in file.Tensors)
        {
            file.Read(tensor, numbers.AsSpan(0, (int)tensor.Shape.Aggregate(1L, (product, size) => product * size)));
        }
    }

    public static string File(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "keras-h5", name);
}
