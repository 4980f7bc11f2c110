namespace PSTransfer.Core.Tests.Data.Pixels;

public class ImageDecoderTests
{
    /// <summary>
    /// The name of a file and how far its pixels may be from Pillow's: 0, except that lossy formats go through another build of their
    /// decoder.
    /// </summary>
    public static TheoryData<string, int> Files => new()
    {
        { "color.png", 0 }, { "grey.png", 0 }, { "palette.png", 0 }, { "bilevel.png", 0 }, { "color16.png", 0 }, { "grey16.png", 0 },
        { "color.bmp", 0 }, { "palette.bmp", 0 }, { "lossless.webp", 0 },
        { "color.jpg", 1 }, { "progressive.jpg", 1 }, { "grey.jpg", 1 }, { "cmyk.jpg", 1 }, { "lossy.webp", 1 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryFormatGivesThePixelsThatPillowGives(string name, int tolerance) => AssertAsPillow(name, tolerance);

    [Theory]
    [InlineData("alpha.png")]
    [InlineData("grey-alpha.png")]
    [InlineData("palette-transparent.png")]
    [InlineData("alpha.webp")]
    public void AlphaIsDroppedAndDarkensNothing(string name) => AssertAsPillow(name, 0);

    [Theory]
    [MemberData(nameof(ImageFixture.Orientations), MemberType = typeof(ImageFixture))]
    public void APhotoIsTurnedUprightAsItsExifOrientationSays(int orientation) => AssertAsPillow($"orientation-{orientation}.jpg", 1);

    [Theory]
    [InlineData("color.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("cmyk.jpg")]
    [InlineData("color.png")]
    [InlineData("palette.png")]
    [InlineData("color.bmp")]
    [InlineData("palette.bmp")]
    [InlineData("lossless.webp")]
    [InlineData("lossy.webp")]
    public void AFileCutAtAnyByteIsAnErrorThatNamesItOrAnImageOfItsSize(string name)
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(ImageFixture.PathOf($"decode/{name}"));
        var accepted = 0;
        for (var length = 0; length < whole.Length; length += length < whole.Length - 64 ? 5 : 1)
        {
            var path = folder.Write(name, whole[..length]);
            try
            {
                var (_, height, width) = ImageFixture.LoadFile(path);
                Assert.Equal((22, 30), (height, width));
                accepted++;
            }
            catch (PSTransferException error)
            {
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }
        }

        // What may be missing is what comes after the pixels: an end marker, a checksum, padding.
        Assert.InRange(accepted, 0, 24);
    }

    [Theory]
    [InlineData("color.jpg")]
    [InlineData("palette.png")]
    [InlineData("palette.bmp")]
    [InlineData("lossy.webp")]
    public void AFileWithAFlippedByteIsAnErrorOrAnImageAndNothingElse(string name)
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(ImageFixture.PathOf($"decode/{name}"));
        var answers = 0;
        for (var position = 0; position < whole.Length; position += 3)
        {
            var damaged = whole.ToArray();
            damaged[position] ^= (byte)(1 << (position % 8));
            try
            {
                ImageFixture.LoadFile(folder.Write(name, damaged));
            }
            catch (PSTransferException)
            {
                // The other allowed answer.
            }

            answers++;
        }

        Assert.Equal((whole.Length + 2) / 3, answers);
    }

    [Fact]
    public void AHeaderThatDeclaresHugeSidesIsRefusedBeforeAnythingIsAllocated()
    {
        using var folder = new TemporaryFolder();
        var file = File.ReadAllBytes(ImageFixture.PathOf("decode/color.bmp"));
        BitConverter.TryWriteBytes(file.AsSpan(18), 13_000);
        BitConverter.TryWriteBytes(file.AsSpan(22), 13_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<PSTransferException>(() => ImageDecoder.Decode(folder.Write("bomb.bmp", file)));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void AFileThatIsNoImageAndOneThatIsEmptyAreNamed()
    {
        using var folder = new TemporaryFolder();
        var text = folder.Write("text.jpg", "not an image"u8.ToArray());
        Assert.Contains(
            "found something else", Assert.Throws<PSTransferException>(() => ImageDecoder.Decode(text)).Message, StringComparison.Ordinal);
        var empty = folder.Write("empty.jpg", []);
        Assert.Contains("is empty", Assert.Throws<PSTransferException>(() => ImageDecoder.Decode(empty)).Message, StringComparison.Ordinal);
        var missing = Path.Combine(folder.Path, "gone.jpg");
        Assert.Equal(FaultKind.NotFound, Assert.Throws<PSTransferException>(() => ImageDecoder.Decode(missing)).Kind);
    }

    private static void AssertAsPillow(string name, int tolerance)
    {
        var (expected, expectedHeight, expectedWidth) = ImageFixture.Load($"expected/{name}.png");
        var (found, height, width) = ImageFixture.Load($"decode/{name}");
        Assert.Equal((expectedHeight, expectedWidth), (height, width));
        Assert.InRange(ImageFixture.Difference(expected, found), 0, tolerance);
    }
}
