namespace PSTransfer.Core.Tests.Data.Pixels;

public class ImageResizerTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(65)]
    [InlineData(72)]
    [InlineData(128)]
    public void CropIsTorchvisionsResizeAndCenterCrop(int size) =>
        AssertResized(ResizeRule.Crop, $"crop-{size}x{size}.png", size, size, 0);

    [Fact]
    public void CropOfATallImageCutsTopAndBottom()
    {
        var (rgb, height, width) = ImageFixture.Load("resize/source.png");
        var tall = Enumerable.Range(0, height).SelectMany(y => rgb.AsSpan(y * width * 3, 50 * 3).ToArray()).ToArray();
        var found = Resized(tall, height, 50, ResizeRule.Crop, new ImageShape(72, 72, 3));
        Assert.Equal(ImageFixture.Load("resize/tall-72x72.png").Rgb, found);
    }

    [Theory]
    [InlineData(40, 61)]
    [InlineData(120, 90)]
    [InlineData(120, 170)]
    public void StretchIsInterpolationWithoutAntialias(int height, int width) =>
        AssertResized(ResizeRule.Stretch, $"stretch-{height}x{width}.png", height, width, 1);

    [Theory]
    [InlineData(48, 48)]
    [InlineData(64, 40)]
    [InlineData(100, 131)]
    public void PadScalesDownToFitAndEnlargesNothing(int height, int width) =>
        AssertResized(ResizeRule.Pad, $"pad-{height}x{width}.png", height, width, 0);

    [Fact]
    public void TheRulesDifferAndAntialiasingIsFelt()
    {
        var (rgb, height, width) = ImageFixture.Load("resize/source.png");
        var stretched = Resized(rgb, height, width, ResizeRule.Stretch, new ImageShape(32, 32, 3));
        var cropped = Resized(rgb, height, width, ResizeRule.Crop, new ImageShape(32, 32, 3));
        Assert.True(ImageFixture.Difference(stretched, cropped) > 10);
    }

    [Theory]
    [InlineData(ResizeRule.Stretch)]
    [InlineData(ResizeRule.Pad)]
    public void AnImageOfTheSizeKeepsItsBytes(ResizeRule rule)
    {
        var (rgb, height, width) = ImageFixture.Load("resize/source.png");
        Assert.Equal(rgb, Resized(rgb, height, width, rule, new ImageShape(height, width, 3)));
    }

    [Fact]
    public void ASmallImageOfTheSizeKeepsItsBytesUnderCropToo()
    {
        var (rgb, height, width) = ImageFixture.Load("resize/crop-32x32.png");
        Assert.Equal(rgb, Resized(rgb, height, width, ResizeRule.Crop, new ImageShape(32, 32, 3)));
    }

    [Fact]
    public void CropZoomsIntoAnImageOfTheSizeAsIntoAnyOther()
    {
        var (rgb, height, width) = ImageFixture.Load("resize/crop-128x128.png");
        var found = Resized(rgb, height, width, ResizeRule.Crop, new ImageShape(128, 128, 3));
        Assert.Equal(ImageFixture.Load("resize/same-128x128.png").Rgb, found);
        Assert.False(ImageResizer.Keeps(128, 128, new ImageShape(128, 128, 3), ResizeRule.Crop));
    }

    [Theory]
    [InlineData(ResizeRule.Crop)]
    [InlineData(ResizeRule.Stretch)]
    [InlineData(ResizeRule.Pad)]
    public void AnImageOfOneColourKeepsItWhateverTheSize(ResizeRule rule)
    {
        foreach (var (height, width) in new[] { (1, 1), (1, 500), (500, 1), (3, 2), (301, 299) })
        {
            var flat = Enumerable.Repeat((byte)201, height * width * 3).ToArray();
            foreach (var side in new[] { 1, 7, 64, 65, 100 })
            {
                var found = Resized(flat, height, width, rule, new ImageShape(side, side, 3));
                Assert.All(found, value => Assert.True(value == 201 || (rule == ResizeRule.Pad && value == 0)));
                Assert.Contains((byte)201, found);
            }
        }
    }

    [Fact]
    public void OneChannelIsLumaOfItu601()
    {
        var (rgb, height, width) = ImageFixture.Load("resize/source.png");
        var (grey, _, _) = ImageFixture.Load("resize/grey-83x120.png");
        var found = Resized(rgb, height, width, ResizeRule.Stretch, new ImageShape(height, width, 1));
        Assert.Equal(Enumerable.Range(0, height * width).Select(i => grey[3 * i]), found);
    }

    private static void AssertResized(ResizeRule rule, string name, int height, int width, int tolerance)
    {
        var (rgb, sourceHeight, sourceWidth) = ImageFixture.Load("resize/source.png");
        var found = Resized(rgb, sourceHeight, sourceWidth, rule, new ImageShape(height, width, 3));
        Assert.InRange(ImageFixture.Difference(ImageFixture.Load($"resize/{name}").Rgb, found), 0, tolerance);
    }

    private static byte[] Resized(byte[] rgb, int height, int width, ResizeRule rule, ImageShape shape)
    {
        var destination = new byte[shape.ByteCount];
        ImageResizer.Resize(new PixelView(rgb, height, width, 3), shape, rule, destination);
        return destination;
    }
}
