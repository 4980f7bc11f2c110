namespace PSTransfer.Core.Tests.Data;

public class ImageFormatTests
{
    public static TheoryData<string> Formats => Names("formats");

    public static TheoryData<string> Turned => Names("turned");

    public static TheoryData<string> Colors => Names("color");

    [Theory]
    [MemberData(nameof(Formats))]
    public void EveryFormatGivesThePixelsThatPillowGives(string name) =>
        Assert.InRange(Difference($"formats/{name}", $"formats/expected/{name}.png"), 0, name == "multiplied.tif" ? 1 : 0);

    [Theory]
    [MemberData(nameof(Turned))]
    public void APictureOfEveryFormatIsTurnedUpright(string name) => Assert.Equal(0, Difference($"turned/{name}", "turned/upright.png"));

    /// <summary>littlecms and Skia round differently, and between the points of a table of inks they take other ways.</summary>
    [Theory]
    [MemberData(nameof(Colors))]
    public void APictureOfAnotherColourSpaceIsConvertedAsLittlecmsDoes(string name)
    {
        var tolerance = name.Split('.', '-')[0] switch { "plain" or "srgb" => 0, "ink" => 2, _ => 1 };
        Assert.InRange(Difference($"color/{name}", $"color/expected/{name}.png"), 0, tolerance);
    }

    /// <summary>All pictures of that folder hold the same numbers: taken as they are, they are far from what they mean.</summary>
    [Theory]
    [InlineData("adobe.png")]
    [InlineData("p3.png")]
    [InlineData("table.png")]
    public void AProfileMakesADifference(string name) =>
        Assert.InRange(Difference($"color/expected/{name}.png", "color/plain-gamma.png"), 8, 255);

    [Theory]
    [InlineData("refused-float.tif", "32 bits", "magick in.tif")]
    [InlineData("refused-ycbcr.tif", "colours of kind 6", "magick in.tif")]
    [InlineData("refused-bigtiff.tif", "BigTIFF", "tiffcp in.tif out.tif")]
    public void WhatIsNotReadIsNamedWithARemedy(string name, string what, string remedy)
    {
        var path = ImageFixture.PathOf($"formats/{name}");
        var error = Assert.Throws<PSTransferException>(() => ImageDecoder.Decode(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0mif1heic", "a HEIC picture", "heif-convert in.heic out.jpg")]
    [InlineData("\0\0\0\u0018ftypmif1\0\0\0\0mif1heic", "a HEIC picture", "heif-convert in.heic out.jpg")]
    [InlineData("\0\0\0\u001cftypavif\0\0\0\0mif1miaf", "an AVIF picture", "magick in.avif out.png")]
    [InlineData("\0\0\0\u000cjP  \r\n", "a JPEG 2000 picture", "magick in.jp2 out.png")]
    [InlineData("\0\0\0\u000cJXL \r\n", "a JPEG XL picture", "djxl in.jxl out.png")]
    [InlineData("8BPS\0\u0001\0\0", "a Photoshop file", "magick in.psd[0] out.png")]
    public void APictureOfAnotherKindIsNamedWithItsConverter(string start, string kind, string remedy)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("photo.jpg", [.. start.Select(letter => (byte)letter), .. new byte[100]]);
        var message = Assert.Throws<PSTransferException>(() => ImageDecoder.Decode(path)).Message;
        Assert.Contains($"found {kind}, which can't be read", message, StringComparison.Ordinal);
        Assert.Contains(remedy, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("formats/tiled.tif")]
    [InlineData("formats/fax4.tif")]
    [InlineData("formats/color-text.ppm")]
    [InlineData("formats/bits.pbm")]
    public void AFileCutAtAnyByteIsAnErrorThatNamesItOrAnImageOfItsSize(string name)
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(ImageFixture.PathOf(name));
        var size = ImageFixture.Load(name);
        for (var length = 0; length < whole.Length; length += length < whole.Length - 64 ? 5 : 1)
        {
            var path = folder.Write(Path.GetFileName(name), whole[..length]);
            try
            {
                var (_, height, width) = ImageFixture.LoadFile(path);
                Assert.Equal((size.Height, size.Width), (height, width));
                // ImageMagick writes its tags after the pixels and texts after those.
                Assert.InRange(length, whole.Length - 600, whole.Length);
            }
            catch (PSTransferException error)
            {
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }
        }
    }

    private static TheoryData<string> Names(string folder) => [.. Directory.GetFiles(ImageFixture.PathOf(folder))
        .Select(path => Path.GetFileName(path))
        .Where(name => !name.StartsWith("refused", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    private static int Difference(string one, string other)
    {
        var (expected, expectedHeight, expectedWidth) = ImageFixture.Load(other);
        var (found, height, width) = ImageFixture.Load(one);
        Assert.Equal((expectedHeight, expectedWidth), (height, width));
        return ImageFixture.Difference(expected, found);
    }
}
