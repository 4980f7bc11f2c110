namespace PSTransfer.Core.Tests.Data;

/// <summary>The images of tests/Fixtures/images, as plain RGB bytes.</summary>
internal static class ImageFixture
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Fixtures", "images");

    /// <summary>The eight values of Exif's Orientation.</summary>
    public static TheoryData<int> Orientations => [.. Enumerable.Range(1, 8)];

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static (byte[] Rgb, int Height, int Width) Load(string name) => LoadFile(PathOf(name));

    public static (byte[] Rgb, int Height, int Width) LoadFile(string path)
    {
        using var image = ImageDecoder.Decode(path);
        var pixels = image.Pixels;
        var rgb = new byte[pixels.Height * pixels.Width * 3];
        for (var i = 0; i < pixels.Height * pixels.Width; i++)
        {
            pixels.Bytes.Slice(i * pixels.BytesPerPixel, 3).CopyTo(rgb.AsSpan(3 * i));
        }

        return (rgb, pixels.Height, pixels.Width);
    }

    /// <summary>The largest difference of two images, in grey levels.</summary>
    public static int Difference(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        Assert.Equal(one.Length, other.Length);
        var largest = 0;
        for (var i = 0; i < one.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(one[i] - other[i]));
        }

        return largest;
    }
}
