using static PSTransfer.Core.Tests.Data.DatasetFiles;
using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Data.Batches;

public class BatchLoaderTests
{
    [Fact]
    public void BatchesHoldTheImagesInOrderAndTheLastOneIsSmaller()
    {
        using var folder = new TemporaryFolder();
        var data = Import(folder.Write("data_batch_1.bin", Cifar([3, 5, 3, 5, 5])), new() { Classes = ["3", "5"] });
        var loader = new BatchLoader(data, 2, CPU);
        List<(int Count, int[] Indices)> seen = [];
        foreach (var batch in loader.Read([4, 0, 2, 1, 3], CancellationToken.None))
        {
            using (batch)
            {
                seen.Add((batch.Count, [.. batch.Indices]));
                Assert.Equal([batch.Count, 3, 32, 32], batch.Input.shape);
                Assert.Equal((ScalarType.Float32, ScalarType.Int64), (batch.Input.dtype, batch.Labels.dtype));
                Assert.True(batch.Input.is_contiguous());
                var (pixels, labels) = (batch.Input.data<float>().ToArray(), batch.Labels.data<long>().ToArray());
                for (var i = 0; i < batch.Count; i++)
                {
                    Assert.Equal(data.LabelOf(batch.Indices[i]), labels[i]);
                    var expected = PixelsOf(data, batch.Indices[i]);
                    for (var at = 0; at < expected.Length; at++)
                    {
                        Assert.Equal(expected[at], pixels[(i * 3072) + (at % 3 * 1024) + (at / 3)]);
                    }
                }
            }
        }

        Assert.Equal([2, 2, 1], seen.Select(batch => batch.Count));
        Assert.Equal([4, 0, 2, 1, 3], seen.SelectMany(batch => batch.Indices));
    }

    [Fact]
    public void GreyImagesHaveOneChannel()
    {
        using var folder = new TemporaryFolder();
        folder.Write("train-labels-idx1-ubyte", IdxLabels(1, 2));
        var data = Import(folder.Write("train-images-idx3-ubyte", IdxImages(2, 3, 4)), new() { Channels = 1 });
        using var batch = new BatchLoader(data, 8, CPU).Read([1, 0], CancellationToken.None).Single();
        Assert.Equal([2, 1, 3, 4], batch.Input.shape);
        Assert.Equal(Enumerable.Range(1, 12).Concat(Enumerable.Range(0, 12)).Select(i => (float)i), batch.Input.data<float>().ToArray());
    }

    [Fact]
    public void ABatchOutlivesTheScopeItIsReadInAndLeavesNothingBehind()
    {
        using var folder = new TemporaryFolder();
        var data = Import(folder.Write("data_batch_1.bin", Cifar([3, 5, 3])));
        Batch batch;
        using (var scope = NewDisposeScope())
        {
            batch = new BatchLoader(data, 3, CPU).Read([0, 1, 2], CancellationToken.None).Single();
            Assert.Equal(0, scope.DisposablesCount);
        }

        Assert.False(batch.Input.IsInvalid);
        batch.Dispose();
        Assert.True(batch.Input.IsInvalid);
        Assert.True(batch.Labels.IsInvalid);
    }

    [Fact]
    public void TheOrderIsAPermutationThatSeedAndEpochDecide()
    {
        Assert.Equal([0, 1, 2, 3], BatchLoader.Order(4, null, 7));
        var order = BatchLoader.Order(200, 42, 0);
        Assert.Equal(Enumerable.Range(0, 200), order.Order());
        Assert.Equal(order, BatchLoader.Order(200, 42, 0));
        Assert.NotEqual(order, BatchLoader.Order(200, 42, 1));
        Assert.NotEqual(order, BatchLoader.Order(200, 43, 0));
        Assert.NotEqual(Enumerable.Range(0, 200), order);
    }

    [Fact]
    public void ItStopsWhenCancelledAndRefusesWhatCantBeLoaded()
    {
        using var folder = new TemporaryFolder();
        var data = Import(folder.Write("data_batch_1.bin", Cifar([3])));
        Assert.Throws<OperationCanceledException>(() =>
            new BatchLoader(data, 1, CPU).Read([0], new CancellationToken(canceled: true)).First());
        Assert.Equal("BatchSize", Assert.Throws<PSTransferException>(() => new BatchLoader(data, 0, CPU)).Target);
        var broken = folder.Write(Path.Combine("pictures", "a", "1.png"), []);
        var pictures = Import(Path.Combine(folder.Path, "pictures"));
        Assert.Equal(FaultKind.InvalidOperation, Assert.Throws<PSTransferException>(() => new BatchLoader(pictures, 1, CPU)).Kind);
        var sized = new BatchLoader(pictures.ForModel(new(new(8, 8, 3), ResizeRule.Crop)), 1, CPU);
        Assert.StartsWith(
            broken,
            Assert.Throws<PSTransferException>(() => sized.Read([0], CancellationToken.None).First()).Message,
            StringComparison.Ordinal);
    }
}
