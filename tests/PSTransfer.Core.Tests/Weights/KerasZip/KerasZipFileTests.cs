using PSTransfer.Core.Tests.Weights.KerasH5;
using PSTransfer.Core.Weights.KerasZip;
using PSTransfer.Core.Weights.Zip;

namespace PSTransfer.Core.Tests.Weights.KerasZip;

/// <summary>.keras files whose weights don't name their layers: config.json does.</summary>
public sealed class KerasZipFileTests
{
    private static readonly (string Layer, int Count)[] InOrder =
    [
        ("conv1_conv", 2), ("conv1_bn", 4), ("conv2_block1_1_conv", 2), ("conv2_block1_1_bn", 4)
    ];

    [Theory]
    [InlineData("stored.keras")]
    [InlineData("deflated.keras")]
    [InlineData("counted.keras")]
    [InlineData("zip64.keras")]
    [InlineData("keras2.keras")]
    public void TensorsHaveTheModelsNamesAndOrder(string file)
    {
        using var keras = KerasZipFile.Open(SmallKeras.File(file));
        var tensors = keras.Tensors.Cast<KerasTensor>().ToList();
        Assert.Equal(
            [.. InOrder.SelectMany(layer => Enumerable.Range(0, layer.Count).Select(i => (layer.Layer, (int?)i)))],
            tensors.Select(tensor => (tensor.Layer, tensor.Index)));
        Keras3FileTests.AssertSameAsOlder(
            keras,
            [.. tensors.Where(tensor =>
                tensor.Layer.EndsWith("bn", StringComparison.Ordinal)),
                .. tensors.Where(tensor => tensor.Layer.EndsWith("conv", StringComparison.Ordinal))
            ]);
    }

    [Fact]
    public void AModelInsideOfAModelHasItsOwnLayers()
    {
        using var keras = KerasZipFile.Open(SmallKeras.File("nested.keras"));
        var tensors = keras.Tensors.Cast<KerasTensor>().ToList();
        Assert.Equal(
            ["conv1_conv", "conv1_bn", "conv2_block1_1_conv", "conv2_block1_1_bn", "dense_1", "seed_generator"],
            tensors.Select(tensor => tensor.Layer).Distinct());
    }

    [Theory]
    [InlineData("no-weights.keras", "expected model.weights.h5 in it, found metadata.json, config.json, model.weights.npz")]
    [InlineData("lzma.keras", "model.weights.h5 is compressed by method 14")]
    [InlineData("bomb.keras", "a zip bomb")]
    [InlineData("fixed.h5", "found an HDF5 file")]
    public void AWrongFileIsNamedWithItsCause(string file, string message)
    {
        var path = SmallKeras.File(file);
        var error = Assert.Throws<PSTransferException>(() => KerasZipFile.Open(path));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutADescriptionTheGroupsAreTheNames()
    {
        using var keras = KerasZipFile.Open(SmallKeras.File("bad-config.keras"));
        Assert.Equal(
            ["batch_normalization", "batch_normalization_1", "conv2d", "conv2d_1"],
            keras.Tensors.Cast<KerasTensor>().Select(tensor => tensor.Layer).Distinct());
    }

    /// <summary>It is its owner's alone while it is open, and gone when it is closed.</summary>
    [Fact]
    public void TheExpandedFileDoesNotStay()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells the name of an open file.");
        var path = SmallKeras.File("deflated.keras");
        using var archive = WeightFileHandle.Open(path, "a zip archive");
        var handle = ZipExpansion.ToTemporaryFile(archive, new ZipDirectory(archive).Find("model.weights.h5")!);
        var expanded = new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget!;

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(expanded).UnixFileMode);
        handle.Dispose();
        Assert.False(File.Exists(expanded));
    }
}
