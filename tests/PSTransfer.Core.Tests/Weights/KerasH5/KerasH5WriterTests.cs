namespace PSTransfer.Core.Tests.Weights.KerasH5;

/// <summary>
/// What is written is what h5py was shown to read as Keras does (tests/Fixtures/keras-h5/check_written.py), and what our own reader reads.
/// </summary>
public sealed class KerasH5WriterTests : IDisposable
{
    private static readonly KerasLayerWeights[] Small =
    [
        new("input_1", []),
        Layer("conv1_conv", ("conv1_conv/kernel:0", [3, 3, 3, 4]), ("conv1_conv/bias:0", [4])),
        Layer(
            "conv1_bn", ("conv1_bn/gamma:0", [5]), ("conv1_bn/beta:0", [5]), ("conv1_bn/moving_mean:0", [5]),
            ("conv1_bn/moving_variance:0", [5])),
        new("conv1_relu", []),
        Layer("inner", ("a/kernel:0", [2, 3]), ("a/deep/bias:0", [3]), ("b/kernel:0", [1]), ("scale", []), ("none", [0, 2])),
        Layer("größe", ("größe/kernel:0", [1, 2])),
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheFileIsTheOneThatH5pyRead() => Assert.Equal(File.ReadAllBytes(SmallKeras.File("written.h5")), Written(Small));

    [Fact]
    public void OurOwnReaderReadsIt() => AssertReadBack(Small);

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(600)]
    public void AnyNumberOfLayersFits(int count) =>
        AssertReadBack([.. Enumerable.Range(0, count)
            .Select(i => i % 10 == 1 ? new KerasLayerWeights($"layer_{i}", []) : Layer($"layer_{i}", ($"layer_{i}/kernel:0", [1, 2])))]);

    [Fact]
    public void ALayerWithManyWeightsHasItsListInParts() =>
        AssertReadBack([
            Layer("model", [.. Enumerable.Range(0, 100).Select(i => ($"model/{new string('x', 700)}/kernel_{i}:0", new long[] { 3 }))])
        ]);

    [Fact]
    public void NamesThatCollideAreRefused()
    {
        Assert.Throws<ArgumentException>(() => Written([Layer("a", ("w", [1])), Layer("a", ("v", [1]))]));
        Assert.Throws<ArgumentException>(() => Written([Layer("a", ("w", [1]), ("w", [1]))]));
        Assert.Throws<ArgumentException>(() => Written([Layer("a", ("w", [1]), ("w/v", [1]))]));
    }

    /// <summary>Numbers by a formula that check_written.py shares.</summary>
    private static KerasLayerWeights Layer(string name, params (string Name, long[] Shape)[] weights) =>
        new(
            name,
            [.. weights.Select((weight, index) =>
                new KerasWeight(weight.Name, weight.Shape, numbers => Fill(numbers, name.Length + index)))]);

    private static void Fill(Span<float> numbers, int start)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (start * 100) + (i * 0.25f);
        }
    }

    // PSTRANSFER_WRITTEN names a folder that keeps the files, for check_written.py.
    private static byte[] Written(IReadOnlyList<KerasLayerWeights> layers)
    {
        using var stream = new MemoryStream();
        KerasH5Writer.Write(stream, layers);
        if (Environment.GetEnvironmentVariable("PSTRANSFER_WRITTEN") is { } folder)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{layers.Count}-{layers[0].Name}.h5"), stream.ToArray());
        }

        return stream.ToArray();
    }

    private void AssertReadBack(IReadOnlyList<KerasLayerWeights> layers)
    {
        using var file = KerasFile.Open(_folder.File("written.h5", Written(layers)));
        var expected = layers.SelectMany(layer => layer.Weights.Select(weight => (Layer: layer.Name, Weight: weight))).ToList();
        Assert.Equal(expected.Count, file.Tensors.Count);
        foreach (var ((layer, weight), tensor) in expected.Zip(file.Tensors.Cast<KerasTensor>()))
        {
            Assert.Equal((layer, weight.Name, "float32"), (tensor.Layer, tensor.Name, tensor.DataType));
            Assert.Equal(weight.Shape, tensor.Shape);
            var count = weight.Shape.Aggregate(1L, (product, size) => product * size);
            float[] wanted = new float[count], found = new float[count];
            weight.Fill(wanted);
            if (count > 0)
            {
                file.Read(tensor, found);
            }

            Assert.Equal(wanted, found);
        }
    }
}
