using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Data.Batches;

/// <summary>
/// An image is copied three times on its way from a file to the first convolution: by the decoder, into its batch, and to float on the
/// device. The loader makes the last copy. These tests hold that nothing after the loader lays the pixels out anew.
/// </summary>
public sealed class CopiesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void APassBeginsWithTheVeryMemoryThatTheLoaderMade(bool fit)
    {
        using var random = new Generator(1, CPU);
        var pass = fit ? ForwardPass.Fit(random) : ForwardPass.Inference;
        using var batch = new BatchLoader(Images.Make(8), 8, CPU, channelsLast: pass.HasChannelsLast)
            .Read(Enumerable.Range(0, 8), TestContext.Current.CancellationToken)
            .Single();
        using var entered = pass.Enter(batch.Input);
        Assert.Equal(Address(batch.Input), Address(entered));
        Assert.Equal(
            fit ? [1, 3] : [batch.Input.shape[2] * batch.Input.shape[3], 1], new[] { batch.Input.stride(1), batch.Input.stride(3) });
    }

    [Fact]
    public void APredictionBeginsWithTheVeryMemoryThatTheLoaderMade()
    {
        using var batch = new BatchLoader(Images.Make(8), 8, CPU, channelsLast: true)
            .Read(Enumerable.Range(0, 8), TestContext.Current.CancellationToken)
            .Single();
        using var entered = batch.Input.ChannelsLast();
        Assert.Equal(Address(batch.Input), Address(entered));
    }

    [Fact]
    public void BothOrdersHoldTheSamePixels()
    {
        using var pixels = arange(2 * 3 * 4 * 3, dtype: int64, device: CPU);
        using var bytes = pixels.to(uint8).view(2, 3, 4, 3);
        using var plain = BatchLoader.OnDevice(bytes, CPU, channelsLast: false);
        using var channelsLast = BatchLoader.OnDevice(bytes, CPU, channelsLast: true);
        Assert.True(plain.is_contiguous());
        Assert.False(channelsLast.is_contiguous());
        Assert.True(plain.Equals(channelsLast));
        Assert.Equal(bytes.permute(0, 3, 1, 2).contiguous().data<byte>().ToArray().Select(x => (float)x), plain.data<float>().ToArray());
    }

    /// <summary>Of one channel there is one order, and its strides say so: a convolution is chosen by them.</summary>
    [Fact]
    public void OneChannelHasOneOrder()
    {
        using var bytes = ones(2, 3, 4, 1, dtype: uint8, device: CPU);
        using var image = BatchLoader.OnDevice(bytes, CPU, channelsLast: true);
        Assert.Equal([12, 12, 4, 1], image.stride());
    }

    private static nint Address(Tensor tensor) => tensor.storage<float>().data_ptr();
}
