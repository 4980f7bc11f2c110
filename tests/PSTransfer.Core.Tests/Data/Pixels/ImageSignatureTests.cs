namespace PSTransfer.Core.Tests.Data.Pixels;

public class ImageSignatureTests
{
    [Fact]
    public void EveryFixtureIsKnownByItsContentAlone()
    {
        foreach (var path in Directory.EnumerateFiles(ImageFixture.PathOf("decode")))
        {
            if (ImageSignature.OfName(path) is { } named)
            {
                Assert.Equal(
                    named, ImageSignature.OfContent(File.ReadAllBytes(path).AsSpan()[..Math.Min(512, (int)new FileInfo(path).Length)]));
            }
        }
    }

    [Theory]
    [InlineData("1.JFIF", true)]
    [InlineData("1.pjpeg", true)]
    [InlineData("a.b.bmp", true)]
    [InlineData("1.dib", false)]
    [InlineData("1.Tif", true)]
    [InlineData("1.ppm", true)]
    [InlineData("1.heic", false)]
    [InlineData("1.jpg.txt", false)]
    [InlineData("jpg", false)]
    [InlineData("1.", false)]
    public void ANameTellsWhatIsTakenUnopened(string name, bool isImage) => Assert.Equal(isImage, ImageSignature.IsImageName(name));

    [Theory]
    [InlineData("GIF89a", "GIF")]
    [InlineData("II*\0\u0008\0\0\0", "TIFF")]
    [InlineData("MM\0*", "TIFF")]
    [InlineData("MM\0+", "BigTIFF")]
    [InlineData("II*\0\u0010\0\0\0CR", "RAW")]
    [InlineData("IIRO\u0008\0\0\0", "RAW")]
    [InlineData("FUJIFILMCCD-RAW 0201", "RAW")]
    [InlineData("P6\n# made by hand\n2 2\n255\n", "PNM")]
    [InlineData("P3 is a text", null)]
    [InlineData("P5", null)]
    [InlineData("BM is a text of some length", null)]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0mif1heic", "HEIC")]
    [InlineData("\0\0\0\u0018ftypmif1\0\0\0\0mif1heic", "HEIC")]
    [InlineData("\0\0\0\u001cftypmif1\0\0\0\0mif1avifmiaf", "AVIF")]
    [InlineData("\0\0\0\u001cftypavif\0\0\0\0avifmif1miaf", "AVIF")]
    [InlineData("\0\0\0\u0018ftypcrx \0\0\0\u0001crx isom", "RAW")]
    [InlineData("\0\0\0\u0020ftypisom\0\0\u0002\0isomiso2avc1mp41", null)]
    [InlineData("\0\0\0\u000cJXL \r\n\u0087\n", "JPEG XL")]
    [InlineData("\u00ff\n\u00fa", "JPEG XL")]
    [InlineData("\0\0\0\u000cjP  \r\n\u0087\n", "JPEG 2000")]
    [InlineData("\u00ffO\u00ffQ", "JPEG 2000")]
    [InlineData("8BPS\0\u0001", "Photoshop")]
    [InlineData("%PDF-1.7", "PDF")]
    [InlineData("<?xml version=\"1.0\"?>\n<svg xmlns=\"\"/>", "SVG")]
    [InlineData("<html></html>", null)]
    [InlineData("\u007fELF", null)]
    [InlineData("", null)]
    public void AContentTellsItsKind(string start, string? kind) =>
        Assert.Equal(kind, ImageSignature.OfContent(start.Select(letter => (byte)letter).ToArray())?.Name);

    [Fact]
    public void ARawFileIsToldFromATiffByItsName()
    {
        using var folder = new TemporaryFolder();
        byte[] tiff = [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0];
        Assert.Equal(ImageKind.Raw, ImageSignature.OfFile(folder.Write("1.NEF", tiff)));
        Assert.Equal(ImageKind.Tiff, ImageSignature.OfFile(folder.Write("1", tiff)));
        Assert.Equal(ImageKind.Jpeg, ImageSignature.OfFile(folder.Write("2.heic", [0xFF, 0xD8, 0xFF, 0xE0])));
        Assert.Equal(ImageKind.Heic, ImageSignature.OfFile(folder.Write("3.heic", [])));
        Assert.Null(ImageSignature.OfFile(folder.Write("4.txt", "text"u8.ToArray())));
    }
}
