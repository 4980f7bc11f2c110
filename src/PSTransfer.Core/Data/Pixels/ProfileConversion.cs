using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ICSharpCode.SharpZipLib.Checksum;
using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Converts pixels of another colour space to sRGB by Skia's engine, which also converts JPEG, PNG and WebP files. The engine has no
/// interface of its own, so the pixels go through it as a PNG with their profile. A profile that Skia doesn't understand leaves the pixels
/// as they are.
/// </summary>
internal static class ProfileConversion
{
    private const int PixelsAtOnce = 1 << 20;

    /// <summary>Converts rows of pixels in place.</summary>
    /// <param name="buffer">The rows; all of them are converted.</param>
    /// <param name="width">The profile as the file holds it.</param>
    /// <param name="profile">As in the file.</param>
    /// <param name="grey">The profile is for one channel.</param>
    public static void ToSrgb(PixelBuffer buffer, int width, ReadOnlySpan<byte> profile, bool grey)
    {
        var named = Profile(profile);
        var pixels = buffer.Pixels;
        for (var first = 0; first < pixels.Length;)
        {
            var height = Math.Min(Math.Max(PixelsAtOnce / width, 1), (pixels.Length - first) / width);
            using var png = Png(pixels.Slice(first, height * width), height, width, named, grey);
            using var codec = SKCodec.Create(png);
            using var space = SKColorSpace.CreateSrgb();
            var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, space);
            var result = codec?.GetPixels(info, buffer.Address + (first * PixelBuffer.BytesPerPixel));
            if (result != SKCodecResult.Success)
            {
                throw new InvalidOperationException($"Skia can't read the PNG that was made of {width}×{height} pixels ({result}).");
            }

            first += height * width;
        }
    }

    private static SKData Png(ReadOnlySpan<int> pixels, int height, int width, byte[] profile, bool grey)
    {
        var channels = grey ? 1 : 3;
        using var rows = new MemoryStream((((width * channels) + 1) * height) + (1 << 12));
        using (var zlib = new ZLibStream(rows, CompressionLevel.NoCompression, leaveOpen: true))
        {
            var row = new byte[1 + (width * channels)]; // A filter, none, goes before each.
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var pixel = pixels[(y * width) + x];
                    for (var channel = 0; channel < channels; channel++)
                    {
                        row[1 + (x * channels) + channel] = (byte)(pixel >> (8 * channel));
                    }
                }

                zlib.Write(row);
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, (byte)(grey ? 0 : 2));
        using var png = new MemoryStream((int)rows.Length + profile.Length + (1 << 8));
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Write(png, "IHDR", header);
        Write(png, "iCCP", profile);
        Write(png, "IDAT", rows.GetBuffer().AsSpan(0, (int)rows.Length));
        Write(png, "IEND", []);
        return SKData.CreateCopy(png.GetBuffer().AsSpan(0, (int)png.Length));
    }

    /// <summary>The content of the chunk: a name, the method, the compressed profile.</summary>
    private static byte[] Profile(ReadOnlySpan<byte> profile)
    {
        using var chunk = new MemoryStream();
        chunk.Write("profile\0\0"u8);
        using (var zlib = new ZLibStream(chunk, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(profile);
        }

        return chunk.ToArray();
    }

    private static void Write(MemoryStream png, string kind, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        var start = (int)png.Length;
        png.Write(Encoding.ASCII.GetBytes(kind));
        png.Write(data);
        var check = new Crc32();
        check.Update(new ArraySegment<byte>(png.GetBuffer(), start, (int)png.Length - start));
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)check.Value);
        png.Write(number);
    }
}
