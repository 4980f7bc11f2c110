namespace PSTransfer.Core.Tests.Weights.KerasH5;

/// <summary>Keras 3's .weights.h5, and the types of numbers: read tensor by tensor and compared with the older layout's.</summary>
public sealed class Keras3FileTests
{
    private static readonly string[] OlderNames =
    [
        "conv1_bn/gamma:0", "conv1_bn/beta:0", "conv1_bn/moving_mean:0", "conv1_bn/moving_variance:0",
        "conv2_block1_1_bn/gamma:0", "conv2_block1_1_bn/beta:0", "conv2_block1_1_bn/moving_mean:0", "conv2_block1_1_bn/moving_variance:0",
        "conv1_conv/kernel:0", "conv1_conv/bias:0", "conv2_block1_1_conv/kernel:0", "conv2_block1_1_conv/bias:0",
    ];

    [Theory]
    [InlineData("keras3.weights.h5", "conv1_bn", "conv2_block1_1_bn", "conv1_conv", "conv2_block1_1_conv")]
    [InlineData("hard-circle.weights.h5", "conv1_bn", "conv2_block1_1_bn", "conv1_conv", "conv2_block1_1_conv")]
    [InlineData("keras3-unnamed.weights.h5", "batch_normalization", "batch_normalization_1", "conv2d", "conv2d_1")]
    public void VariablesHaveTheirLayersAndNumbers(string file, params string[] layers)
    {
        using var keras3 = KerasFile.Open(SmallKeras.File(file));
        string[] groups = ["batch_normalization", "batch_normalization_1", "conv2d", "conv2d_1"];
        Assert.Equal(
            [.. groups
                .Zip(layers)
                .SelectMany(pair =>
                    Enumerable.Range(0, pair.First.StartsWith('b') ? 4 : 2)
                        .Select(i => (pair.Second, $"layers/{pair.First}/vars/{i}", (int?)i)))],
            keras3.Tensors.Cast<KerasTensor>().Select(tensor => (tensor.Layer, tensor.Name, tensor.Index)));
        AssertSameAsOlder(keras3, keras3.Tensors);
    }

    [Fact]
    public void AModelInsideOfAModelKeepsItsLayersNames()
    {
        using var keras3 = KerasFile.Open(SmallKeras.File("keras3-nested.weights.h5"));
        var tensors = keras3.Tensors.Cast<KerasTensor>().ToList();
        Assert.Equal(
            "layers/functional/layers/conv2d_1/vars/0",
            tensors.Single(tensor => tensor is { Layer: "conv2_block1_1_conv", Index: 0 }).Name);
        Assert.Equal("uint32", tensors.Single(tensor => tensor.Layer == "seed_generator").DataType);
        Assert.Equal(2, tensors.Count(tensor => tensor.Layer == "dense_1"));
        Assert.DoesNotContain(tensors, tensor => tensor.Name.StartsWith("optimizer", StringComparison.Ordinal));
        AssertSameAsOlder(keras3, [.. tensors.Where(tensor => tensor.Name.StartsWith("layers/functional", StringComparison.Ordinal))]);
    }

    /// <summary>Half of a float32's bits are left; those that are must be the same.</summary>
    [Fact]
    public void BFloat16IsTheUpperHalf()
    {
        using var older = KerasFile.Open(SmallKeras.File("fixed.h5"));
        using var brain = KerasFile.Open(SmallKeras.File("keras3-bfloat16.weights.h5"));
        Assert.All(brain.Tensors, tensor => Assert.Equal("bfloat16", tensor.DataType));
        var expected = Numbers(older, older.Tensors.Single(tensor => tensor.Name == "conv1_conv/kernel:0"));
        var found = Numbers(brain, brain.Tensors.Single(tensor => tensor.Name == "layers/conv2d/vars/0"));
        Assert.Equal(
            expected.Select(value => BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000), found.Select(BitConverter.SingleToUInt32Bits));
    }

    [Fact]
    public void Float16IsWidened()
    {
        using var older = KerasFile.Open(SmallKeras.File("fixed.h5"));
        using var half = KerasFile.Open(SmallKeras.File("float16.h5"));
        Assert.Equal(6, half.Tensors.Count(tensor => tensor.DataType == "float16"));
        foreach (var (expected, found) in older.Tensors.Zip(half.Tensors))
        {
            Assert.Equal(
                Numbers(older, expected).Select(value => found.DataType == "float16" ? (float)(Half)value : value), Numbers(half, found));
        }
    }

    [Fact]
    public void APathThatIsNoFileIsNamed()
    {
        using var folder = new TempFolder();
        Assert.Equal(FaultKind.NotFound, Assert.Throws<PSTransferException>(() => KerasFile.Open(folder.File("none.h5"))).Kind);
        Assert.Contains(
            "found a folder", Assert.Throws<PSTransferException>(() => KerasFile.Open(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "found an empty file",
            Assert.Throws<PSTransferException>(() => KerasFile.Open(folder.File("empty.h5", []))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "found a zip archive",
            Assert.Throws<PSTransferException>(() => KerasFile.Open(SmallKeras.File("stored.keras"))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Twelve tensors, those of the BatchNorms first, with the numbers of fixed.h5.</summary>
    internal static void AssertSameAsOlder(IWeightFile file, IReadOnlyList<StoredTensor> tensors)
    {
        using var older = KerasFile.Open(SmallKeras.File("fixed.h5"));
        Assert.Equal(OlderNames.Length, tensors.Count);
        foreach (var (name, tensor) in OlderNames.Zip(tensors))
        {
            var expected = older.Tensors.Single(candidate => candidate.Name == name);
            Assert.Equal(expected.Shape, tensor.Shape);
            Assert.Equal(Numbers(older, expected), Numbers(file, tensor));
        }
    }

    private static float[] Numbers(IWeightFile file, StoredTensor tensor)
    {
        var numbers = new float[tensor.Shape.Aggregate(1L, (product, size) => product * size)];
        file.Read(tensor, numbers);
        return numbers;
    }
}
