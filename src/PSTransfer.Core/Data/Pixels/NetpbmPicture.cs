using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>Decodes PBM, PGM and PPM files, as text or as bytes. Samples above 255 are scaled as Pillow scales them.</summary>
internal static class NetpbmPicture
{
    private const int LargestSample = 65535;

    /// <summary>Whether a file begins like one of the six formats: P, a number, a blank.</summary>
    public static bool Is(ReadOnlySpan<byte> file) =>
        file is [(byte)'P', >= (byte)'1' and <= (byte)'6', var blank, ..] && (IsBlank(blank) || blank == '#');

    /// <exception cref="PSTransferException">The file can't be read, as for <see cref="ImageDecoder.Decode"/>.</exception>
    public static DecodedImage Decode(SKData file, string path, Func<int, int, bool[]?>? rowsOf)
    {
        ReadOnlySpan<byte> bytes = file.AsSpan();
        var kind = bytes[1] - '0';
        var at = 2;
        var (isBits, isText, channels) = (kind is 1 or 4, kind <= 3, kind is 3 or 6 ? 3 : 1);
        var (width, height) = (Number(bytes, ref at, path), Number(bytes, ref at, path));
        var most = isBits ? 1 : Number(bytes, ref at, path);
        at++; // one blank separates the header from the pixels
        ImageDecoder.RequireSides(height, width, file.Size, path);
        if (most is < 1 or > LargestSample)
        {
            throw ImageDecoder.Broken(path, $"its samples go up to {most}; 1 to {LargestSample} is possible");
        }

        var perSample = most > byte.MaxValue ? 2 : 1;
        var rowBytes = isBits ? (width + 7) / 8 : width * channels * perSample;
        if (isText ? (long)width * height * channels > bytes.Length - at + 1 : (long)rowBytes * height > bytes.Length - at)
        {
            throw ImageDecoder.CutShort(path);
        }

        var rows = rowsOf?.Invoke(height, width);
        var kept = (double)PixelBuffer.BytesPerPixel * width * (rows?.Count(row => row) ?? height);
        var memory = new DecodingMemory(file.Size + kept, path, height, width);
        var picture = new UprightPicture(height, width, SKEncodedOrigin.TopLeft, rows);
        try
        {
            var line = new int[width];
            Span<int> sample = stackalloc int[3];
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    for (var channel = 0; channel < channels; channel++)
                    {
                        sample[channel] = isText ? isBits ? Bit(bytes, ref at, path) : Number(bytes, ref at, path)
                            : isBits ? (bytes[at + (x >> 3)] >> (7 - (x & 7))) & 1
                            : perSample == 1 ? bytes[at + (x * channels) + channel]
                            : (bytes[at + (2 * ((x * channels) + channel))] << 8) | bytes[at + (2 * ((x * channels) + channel)) + 1];
                        sample[channel] = isBits
                            ? 255 - (255 * sample[channel])
                            : ((Math.Min(sample[channel], most) * 255) + (most / 2)) / most;
                    }

                    line[x] = channels == 1 ? sample[0] * 0x010101 : sample[0] | (sample[1] << 8) | (sample[2] << 16);
                }

                picture.Put(line, y, 1);
                at += isText ? 0 : rowBytes;
            }

            return picture.Finish(memory, (height, width), 1);
        }
        catch
        {
            picture.Dispose();
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Reads a number after blanks and comments.</summary>
    private static int Number(ReadOnlySpan<byte> bytes, ref int at, string path)
    {
        SkipBlanks(bytes, ref at);
        var (value, start) = (0, at);
        for (; at < bytes.Length && char.IsAsciiDigit((char)bytes[at]) && value <= LargestSample; at++)
        {
            value = (value * 10) + bytes[at] - '0';
        }

        return at > start ? value : throw (at < bytes.Length
            ? ImageDecoder.Broken(path, $"expected a number at byte {at}, found something else; it is damaged")
            : ImageDecoder.CutShort(path));
    }

    /// <summary>Reads a bit of a picture in text, in which bits may follow each other without blanks.</summary>
    private static int Bit(ReadOnlySpan<byte> bytes, ref int at, string path)
    {
        SkipBlanks(bytes, ref at);
        return at == bytes.Length ? throw ImageDecoder.CutShort(path)
            : bytes[at] is (byte)'0' or (byte)'1' ? bytes[at++] & 1
            : throw ImageDecoder.Broken(path, $"expected 0 or 1 at byte {at}, found something else; it is damaged");
    }

    private static void SkipBlanks(ReadOnlySpan<byte> bytes, ref int at)
    {
        for (; at < bytes.Length && (IsBlank(bytes[at]) || bytes[at] == '#'); at++)
        {
            if (bytes[at] == '#')
            {
                var end = bytes[at..].IndexOf((byte)'\n');
                at = end < 0 ? bytes.Length - 1 : at + end;
            }
        }
    }

    private static bool IsBlank(byte letter) => letter is (byte)' ' or >= 9 and <= 13;
}
