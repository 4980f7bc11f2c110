using System.Buffers;

namespace PSTransfer.Core.Data;

/// <summary>
/// Brings an image to a shape: bilinear, in two passes of 8 bits each, columns first. The antialiased rules give the bytes of
/// Pillow's resize (which torchvision calls), Stretch is within one grey level of torch's interpolate without antialias.
/// </summary>
internal static class ImageResizer
{
    /// <summary>Up to this size Crop leaves no margin: 256/224 of a thumbnail would cut away what little there is.</summary>
    private const int LargestSizeWithoutMargin = 64;

    /// <summary>Fills <paramref name="destination"/> with H×W×C bytes.</summary>
    public static void Resize(Pixels source, ImageShape shape, ResizeRule rule, Span<byte> destination)
    {
        var rgb = ArrayPool<byte>.Shared.Rent(shape.Height * shape.Width * 3);
        var result = shape.Channels == 3 ? destination : rgb.AsSpan(0, shape.Height * shape.Width * 3);
        if (source.Height == shape.Height && source.Width == shape.Width)
        {
            Copy(source, result, shape.Width);
        }
        else if (rule == ResizeRule.Crop)
        {
            Crop(source, shape, result);
        }
        else if (rule == ResizeRule.Stretch)
        {
            Scale(source, Filter.Plain(source.Height, shape.Height), Filter.Plain(source.Width, shape.Width), result, shape.Width);
        }
        else
        {
            Pad(source, shape, result);
        }

        if (shape.Channels == 1)
        {
            ToGrey(result, destination);
        }

        ArrayPool<byte>.Shared.Return(rgb);
    }

    private static void Crop(Pixels source, ImageShape shape, Span<byte> destination)
    {
        var (height, width) = Math.Min(shape.Height, shape.Width) <= LargestSizeWithoutMargin
            ? (shape.Height, shape.Width)
            : (WithMargin(shape.Height), WithMargin(shape.Width));

        // The side that is tight gets its size, the other one follows, rounded down as torchvision does.
        if ((long)source.Width * height <= (long)source.Height * width)
        {
            height = (int)((long)source.Height * width / source.Width);
        }
        else
        {
            width = (int)((long)source.Width * height / source.Height);
        }

        Scale(
            source,
            Filter.Antialiased(source.Height, height, Middle(height - shape.Height), shape.Height),
            Filter.Antialiased(source.Width, width, Middle(width - shape.Width), shape.Width),
            destination,
            shape.Width);
    }

    private static void Pad(Pixels source, ImageShape shape, Span<byte> destination)
    {
        var scale = Math.Min(1.0, Math.Min((double)shape.Height / source.Height, (double)shape.Width / source.Width));
        var height = Math.Clamp((int)Math.Round(source.Height * scale), 1, shape.Height);
        var width = Math.Clamp((int)Math.Round(source.Width * scale), 1, shape.Width);
        var first = (((shape.Height - height) / 2 * shape.Width) + ((shape.Width - width) / 2)) * 3;
        destination.Clear();
        if (height == source.Height && width == source.Width)
        {
            Copy(source, destination[first..], shape.Width);
            return;
        }

        Scale(
            source,
            Filter.Antialiased(source.Height, height, 0, height),
            Filter.Antialiased(source.Width, width, 0, width),
            destination[first..],
            shape.Width);
    }

    private static int WithMargin(int side) => (int)Math.Round(side * 256.0 / 224.0);

    /// <summary>Half of what is cut away, rounded to even as Python rounds.</summary>
    private static int Middle(int surplus) => (int)Math.Round(surplus / 2.0);

    private static void Copy(Pixels source, Span<byte> destination, int destinationWidth)
    {
        for (var y = 0; y < source.Height; y++)
        {
            for (var x = 0; x < source.Width; x++)
            {
                source.Bytes.Slice(((y * source.Width) + x) * source.BytesPerPixel, 3).CopyTo(destination.Slice(((y * destinationWidth) + x) * 3));
            }
        }
    }

    /// <summary>Both passes. The first one reads only the rows that the second one needs.</summary>
    private static void Scale(Pixels source, Filter rows, Filter columns, Span<byte> destination, int destinationWidth)
    {
        var (top, bottom) = rows.Reach();
        var narrow = ArrayPool<byte>.Shared.Rent((bottom - top) * columns.Count * 3);
        for (var y = top; y < bottom; y++)
        {
            var line = source.Bytes.Slice(y * source.Width * source.BytesPerPixel, source.Width * source.BytesPerPixel);
            columns.Apply(line, source.BytesPerPixel, narrow.AsSpan((y - top) * columns.Count * 3));
        }

        for (var y = 0; y < rows.Count; y++)
        {
            rows.Blend(narrow, top, y, destination.Slice(y * destinationWidth * 3, columns.Count * 3));
        }

        ArrayPool<byte>.Shared.Return(narrow);
    }

    /// <summary>Luma of ITU-R BT.601, in Pillow's 16-bit fixed point.</summary>
    private static void ToGrey(ReadOnlySpan<byte> rgb, Span<byte> grey)
    {
        for (var i = 0; i < grey.Length; i++)
        {
            grey[i] = (byte)(((rgb[3 * i] * 19595) + (rgb[(3 * i) + 1] * 38470) + (rgb[(3 * i) + 2] * 7471) + 0x8000) >> 16);
        }
    }
}
