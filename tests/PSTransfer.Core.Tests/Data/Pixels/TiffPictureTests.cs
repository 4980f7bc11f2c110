namespace PSTransfer.Core.Tests.Data.Pixels;

public sealed class TiffPictureTests
{
    /// <summary>
    /// libtiff cuts a single uncompressed strip of more than 8 KB into pieces unless it is told not to; Pillow and ImageMagick write such
    /// files.
    /// </summary>
    [Theory]
    [InlineData(53)]
    [InlineData(301)]
    public void OneLargeStripWithoutCompressionIsReadWhole(int side)
    {
        using var folder = new TemporaryFolder();
        var pixels = Enumerable.Range(0, side * side * 3).Select(i => (byte)(i * 7)).ToArray();

        var (rgb, height, width) = ImageFixture.LoadFile(folder.Write("plain.tif", Plain(side, pixels)));

        Assert.Equal((side, side), (height, width));
        Assert.Equal(pixels, rgb);
    }

    /// <summary>A header, the pixels, and a directory of nine tags, by the TIFF 6.0 specification.</summary>
    private static byte[] Plain(int side, byte[] pixels)
    {
        const int First = 8;
        var bits = First + pixels.Length + (pixels.Length % 2);
        var directory = bits + 6;
        (ushort Tag, ushort Type, int Count, int Value)[] tags =
        [
            (256, 4, 1, side), (257, 4, 1, side), (258, 3, 3, bits), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, First), (277, 3, 1, 3),
            (278, 4, 1, side), (279, 4, 1, pixels.Length),
        ];
        var file = new byte[directory + 2 + (12 * tags.Length) + 4];
        "II*\0"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), directory);
        pixels.CopyTo(file, First);
        for (var channel = 0; channel < 3; channel++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(bits + (2 * channel)), 8);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(directory), (ushort)tags.Length);
        foreach (var (i, (tag, type, count, value)) in tags.Index())
        {
            var entry = file.AsSpan(directory + 2 + (12 * i));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], type);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], count);
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], value);
        }

        return file;
    }
}
