using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Data.Batches;

/// <summary>Reading is stood in for by functions that say when they are called and can be held up: no file, no clock.</summary>
public class ReadAheadTests
{
    private static readonly ImageShape _shape = new(2, 3, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void BatchesComeInOrderWhicheverImageIsReadyFirst()
    {
        // The first image waits until a later one of its batch is done.
        using var later = new ManualResetEventSlim();
        var batches = Take(Batches(12, 5), (index, pixels) =>
        {
            if (index == 0)
            {
                later.Wait(Token);
            }

            pixels.Fill((byte)index);
            if (index == 1)
            {
                later.Set();
            }
        });
        Assert.Equal([5, 5, 2], batches.Select(batch => batch.Length / _shape.ByteCount));
        Assert.Equal(
            Enumerable.Range(0, 12).SelectMany(i => Enumerable.Repeat((byte)i, _shape.ByteCount)), batches.SelectMany(bytes => bytes));
    }

    [Fact]
    public void TheNextBatchIsReadWhileOneIsInUseAndOnlySoMuch()
    {
        var read = 0;
        using var next = new ManualResetEventSlim();
        using var batches = ReadAhead.Read(Batches(1000, 32), _shape, (_, _) =>
        {
            if (Interlocked.Increment(ref read) == 64)
            {
                next.Set();
            }
        }, Token).GetEnumerator();
        Assert.True(batches.MoveNext());
        using var bytes = batches.Current.Bytes;
        next.Wait(Token); // Both batches, though one was asked for.
        Assert.Equal(64, read);
    }

    [Fact]
    public void AnErrorComesWithItsBatchAndTheFirstInOrderWins()
    {
        using var second = new ManualResetEventSlim();
        using var batches = ReadAhead.Read(Batches(8, 2), _shape, (index, _) =>
        {
            if (index == 3)
            {
                second.Set();
                throw new PSTransferException(FaultKind.InvalidData, "3 is broken", "3");
            }

            if (index == 2)
            {
                second.Wait(Token);
                throw new PSTransferException(FaultKind.InvalidData, "2 is broken", "2");
            }
        }, Token).GetEnumerator();
        Assert.True(batches.MoveNext());
        batches.Current.Bytes.Dispose();
        Assert.Equal("2 is broken", Assert.Throws<PSTransferException>(() => batches.MoveNext()).Message);
        Assert.False(batches.MoveNext());
    }

    [Theory]
    [InlineData("abandoned")]
    [InlineData("cancelled")]
    [InlineData("failed")]
    public void WhateverEndsItLeavesNoTensorAndNothingRunning(string how)
    {
        using var cancellation = new CancellationTokenSource();
        var (running, read) = (0, 0);
        var before = Live();
        var batches = ReadAhead.Read(Batches(100, 4), _shape, (index, pixels) =>
        {
            Interlocked.Increment(ref running);
            pixels.Fill(1);
            Interlocked.Increment(ref read);
            Interlocked.Decrement(ref running);
            if (how == "failed" && index == 6)
            {
                throw new InvalidOperationException();
            }
        }, cancellation.Token).GetEnumerator();
        Assert.True(batches.MoveNext());
        batches.Current.Bytes.Dispose();
        if (how == "cancelled")
        {
            cancellation.Cancel();
            Assert.Throws<OperationCanceledException>(() => batches.MoveNext());
        }
        else if (how == "failed")
        {
            Assert.Throws<InvalidOperationException>(() => batches.MoveNext());
        }

        batches.Dispose();
        var done = read;
        Assert.InRange(done, 4, 68);
        Assert.Equal(0, running);
        Assert.Equal(before, Live());
    }

    [Fact]
    public void TheLoaderReadsFilesAheadAndImagesInMemoryAtOnce()
    {
        using var folder = new TemporaryFolder();
        var source = File.ReadAllBytes(ImageFixture.PathOf("decode/color.png"));
        foreach (var i in Enumerable.Range(0, 9))
        {
            folder.Write($"pictures/{i % 2}/{i}.png", source);
        }

        var pictures = DatasetFiles.Import(Path.Combine(folder.Path, "pictures")).ForModel(new(new(20, 16, 3), ResizeRule.Stretch));
        Assert.False(pictures.IsInMemory);
        var expected = DatasetFiles.PixelsOf(pictures, 0);
        List<int> seen = [];
        foreach (var batch in new BatchLoader(pictures, 4, CPU).Read([8, 0, 3, 5, 1, 7, 2, 4, 6], Token))
        {
            using (batch)
            {
                seen.AddRange(batch.Indices);
                Assert.Equal([batch.Count, 3, 20, 16], batch.Input.shape);
                using var bytes = batch.Input.permute(0, 2, 3, 1).to(uint8);
                Assert.All(bytes.contiguous().bytes.ToArray().Chunk(expected.Length), pixels => Assert.Equal(expected, pixels));
                Assert.Equal(batch.Indices.Select(index => (long)pictures.LabelOf(index)), batch.Labels.data<long>().ToArray());
            }
        }

        Assert.Equal([8, 0, 3, 5, 1, 7, 2, 4, 6], seen);
        var cifar = DatasetFiles.Import(folder.Write("data_batch_1.bin", DatasetFiles.Cifar([3, 5])));
        Assert.True(cifar.IsInMemory);
    }

    // Of this thread, on which batches are made and disposed; other tests run beside it.
    private static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    private static IEnumerable<int[]> Batches(int count, int size) => Enumerable.Range(0, count).Chunk(size);

    private static List<byte[]> Take(IEnumerable<int[]> indices, BatchLoader.PixelReader read)
    {
        List<byte[]> batches = [];
        foreach (var (_, bytes) in ReadAhead.Read(indices, _shape, read, Token))
        {
            using (bytes)
            {
                batches.Add(bytes.bytes.ToArray());
            }
        }

        return batches;
    }
}
