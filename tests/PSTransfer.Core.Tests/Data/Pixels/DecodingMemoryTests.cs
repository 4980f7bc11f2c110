namespace PSTransfer.Core.Tests.Data.Pixels;

public class DecodingMemoryTests
{
    [Fact]
    public async Task ALargePictureWaitsUntilThereIsRoomForItAndASmallOneDoesNot()
    {
        var first = new DecodingMemory(DecodingMemory.Most, "first.png", 1, 1);
        var second = Task.Run(
            () => new DecodingMemory(DecodingMemory.Most, "second.png", 1, 1).Dispose(), TestContext.Current.CancellationToken);
        new DecodingMemory(1 << 20, "small.png", 1, 1).Dispose();
        Assert.False(second.IsCompleted);
        first.Dispose();
        first.Dispose();
        await second;
    }

    [Fact]
    public void WhatTakesMoreThanOnePictureMayIsRefusedWithTheFigure()
    {
        var error = Assert.Throws<PSTransferException>(() => new DecodingMemory(2.0 * DecodingMemory.Most, "huge.png", 3, 4).Dispose());
        var most = DecodingMemory.Most >> 20;
        Assert.StartsWith(
            $"huge.png: its 4×3 pixels would take {2 * most} MiB to decode; at most {most} MiB are used.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13_377, "would take 1707 MiB to decode as a progressive JPEG")]
    [InlineData(15_000, "15000×15000 pixels; sides of up to")]
    public void AProgressiveJpegIsBoundedByTheCoefficientsThatItsDecoderKeeps(int side, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = File.ReadAllBytes(ImageFixture.PathOf("decode/progressive.jpg"));
        var frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC2]);
        foreach (var at in new[] { frame + 5, frame + 7 })
        {
            (file[at], file[at + 1]) = ((byte)(side >> 8), (byte)side);
        }

        // Three samples of two bytes a pixel beside the four of the picture.
        var message =
            Assert.Throws<PSTransferException>(() =>
                ImageDecoder.Decode(folder.Write("large.jpg", [.. file, .. new byte[100_000]]))).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }
}
