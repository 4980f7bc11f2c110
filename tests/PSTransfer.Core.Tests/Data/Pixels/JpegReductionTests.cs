namespace PSTransfer.Core.Tests.Data.Pixels;

public class JpegReductionTests
{
    /// <summary>A picture, a rule and a size, and what of it is decoded.</summary>
    public static TheoryData<string, ResizeRule, int, int, double> Sizes => new()
    {
        { "odd", ResizeRule.Crop, 24, 24, 1 / 8.0 },
        { "odd", ResizeRule.Crop, 48, 48, 1 / 4.0 },
        { "odd", ResizeRule.Crop, 64, 64, 1 / 4.0 },
        { "odd", ResizeRule.Crop, 100, 100, 1 / 2.0 },
        { "odd", ResizeRule.Pad, 90, 80, 1 / 4.0 },
        { "even", ResizeRule.Crop, 24, 24, 1 / 8.0 },
        { "even", ResizeRule.Crop, 48, 48, 1 / 4.0 },
        { "even", ResizeRule.Crop, 64, 64, 1 / 2.0 },
        { "even", ResizeRule.Crop, 100, 100, 1 / 2.0 },
        { "even", ResizeRule.Pad, 90, 80, 1 / 4.0 },
        { "grey", ResizeRule.Crop, 12, 12, 1 / 4.0 },
        { "cmyk", ResizeRule.Crop, 12, 12, 1 / 4.0 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void AReducedPictureIsPillowsOfTheWholeOneWithinAGreyLevelInTheMean(
        string name, ResizeRule rule, int height, int width, double reduction)
    {
        var (found, at) = Read(ImageFixture.PathOf($"reduce/{name}.jpg"), new ImageShape(height, width, 3), rule);
        var expected = ImageFixture.Load($"reduce/{name}-{rule.ToString().ToLowerInvariant()}-{height}x{width}.png").Rgb;
        Assert.Equal(reduction, at);
        Assert.InRange(ImageFixture.Difference(expected, found), 0, 9);
        Assert.InRange(Mean(expected, found), 0, 1);
    }

    [Theory]
    [MemberData(nameof(ImageFixture.Orientations), MemberType = typeof(ImageFixture))]
    public void EveryOrientationShowsTheSamePart(int orientation)
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, divides) in new[] { ("odd", false), ("even", true) })
        {
            var path = folder.Write($"{name}.jpg", Turned(File.ReadAllBytes(ImageFixture.PathOf($"reduce/{name}.jpg")), orientation));
            var shape = new ImageShape(40, 56, 3);
            var (found, reduction) = Read(path, shape, ResizeRule.Crop);
            Assert.Equal(divides || orientation is 1 or 5 ? 1 / 4.0 : 1, reduction);
            var expected = new byte[shape.ByteCount];
            using var whole = ImageDecoder.Decode(path);
            ImageResizer.Resize(whole.Pixels, shape, ResizeRule.Crop, expected);
            Assert.InRange(Mean(expected, found), 0, 1);
        }
    }

    [Theory]
    [MemberData(nameof(ImageFixture.Orientations), MemberType = typeof(ImageFixture))]
    public void StretchTakesOnlyTheRowsThatItReadsAndGivesTheSameBytes(int orientation)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("odd.jpg", Turned(File.ReadAllBytes(ImageFixture.PathOf("reduce/odd.jpg")), orientation));
        var shape = new ImageShape(40, 56, 3);
        using var whole = ImageDecoder.Decode(path);
        using var some = ImageDecoder.Decode(
            path, null, (height, width) => ImageResizer.RowsRead(height, width, shape, ResizeRule.Stretch));
        Assert.InRange(some.Pixels.Bytes.Length, 1, whole.Pixels.Bytes.Length / 6);
        Assert.Equal(whole.Pixels.Height, some.Pixels.Height);
        byte[] expected = new byte[shape.ByteCount], found = new byte[shape.ByteCount];
        ImageResizer.Resize(whole.Pixels, shape, ResizeRule.Stretch, expected);
        ImageResizer.Resize(some.Pixels, shape, ResizeRule.Stretch, found);
        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData("reduce/odd.jpg", ResizeRule.Crop, 128)] // 146 of 603 pixels: a half has twice that, but
    [InlineData("reduce/odd.jpg", ResizeRule.Crop, 133)] // 152 don't.
    [InlineData("reduce/odd.jpg", ResizeRule.Stretch, 32)]
    [InlineData("decode/color.png", ResizeRule.Crop, 2)]
    [InlineData("decode/lossy.webp", ResizeRule.Crop, 2)]
    public void NothingElseIsReduced(string name, ResizeRule rule, int size) =>
        Assert.Equal(size == 128 ? 0.5 : 1, Read(ImageFixture.PathOf(name), new ImageShape(size, size, 3), rule).Reduction);

    [Theory]
    [InlineData("odd")]
    [InlineData("even")]
    public void AFileThatIsCutShortIsAnErrorAsBefore(string name)
    {
        using var folder = new TemporaryFolder();
        var file = File.ReadAllBytes(ImageFixture.PathOf($"reduce/{name}.jpg"));
        foreach (var share in new[] { 0.02, 0.3, 0.6, 0.9, 0.99 })
        {
            var path = folder.Write($"{share}.jpg", file[..(int)(share * file.Length)]);
            var error = Assert.Throws<PSTransferException>(() => Read(path, new ImageShape(24, 24, 3), ResizeRule.Crop));
            Assert.Equal(Assert.Throws<PSTransferException>(() => ImageDecoder.Decode(path)).Message, error.Message);
        }
    }

    private static (byte[] Pixels, double Reduction) Read(string path, ImageShape shape, ResizeRule rule)
    {
        var pixels = new byte[shape.ByteCount];
        using var image = ImageDecoder.Decode(path, (height, width) => ImageResizer.Scale(height, width, shape, rule));
        ImageResizer.Resize(image.Pixels, shape, rule, pixels);
        return (pixels, image.Reduction);
    }

    private static double Mean(byte[] one, byte[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Average();

    /// <summary>The file with an EXIF segment of its orientation alone.</summary>
    private static byte[] Turned(byte[] jpeg, int orientation) =>
    [
        .. jpeg[..2], 0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0,
        0, 0, 0, 0, .. jpeg[2..],
    ];
}
