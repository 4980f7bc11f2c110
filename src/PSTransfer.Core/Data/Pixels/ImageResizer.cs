using System.Buffers;
using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Resizes an image to a shape: bilinear, in two passes of 8 bits each, columns first. The antialiased rules give the bytes of Pillow's
/// resize, which torchvision calls. Stretch is within one grey level of torch's interpolate without antialias.
/// </summary>
internal static class ImageResizer
{
    /// <summary>The largest size for which Crop leaves no margin: of a thumbnail, 256/224 would cut away too much.</summary>
    private const int LargestSizeWithoutMargin = 64;

    /// <summary>Resizes a picture into <paramref name="destination"/>, as H×W×C bytes.</summary>
    public static void Resize(PixelView source, ImageShape shape, ResizeRule rule, Span<byte> destination)
    {
        var rgb = ArrayPool<byte>.Shared.Rent(shape.Height * shape.Width * 3);
        var result = shape.Channels == 3 ? destination : rgb.AsSpan(0, shape.Height * shape.Width * 3);
        if (Keeps(source.FullHeight, source.FullWidth, shape, rule))
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

    /// <summary>Whether a picture has the shape's size already and the rule leaves every pixel as it is.</summary>
    public static bool Keeps(int height, int width, ImageShape shape, ResizeRule rule) =>
        height == shape.Height && width == shape.Width && (rule != ResizeRule.Crop || Covering(height, width, shape) == (height, width));

    /// <summary>
    /// The size to which Crop scales the tighter side, as a multiple of the shape's side: 256/224, or 1 for small shapes.
    /// </summary>
    public static double Margin(ImageShape shape) => Math.Min(shape.Height, shape.Width) <= LargestSizeWithoutMargin ? 1 : 256.0 / 224.0;

    /// <summary>
    /// The factor by which a rule scales a picture's sides; the picture needn't be decoded more finely. 1 for the rule that uses single
    /// pixels without blending.
    /// </summary>
    public static double Scale(int height, int width, ImageShape shape, ResizeRule rule)
    {
        var size = rule switch
        {
            ResizeRule.Crop => Covering(height, width, shape),
            ResizeRule.Pad => Fitting(height, width, shape),
            _ => (height, width),
        };
        return Math.Max((double)size.Item1 / height, (double)size.Item2 / width);
    }

    /// <summary>
    /// Which rows of a picture are read: Stretch takes two for each of its own. Null if all rows, or nearly all, are read.
    /// </summary>
    public static bool[]? RowsRead(int height, int width, ImageShape shape, ResizeRule rule) =>
        rule == ResizeRule.Stretch && (height != shape.Height || width != shape.Width) && height > 2 * shape.Height
            ? Filter.Plain(height, shape.Height).Read(height)
            : null;

    private static void Crop(PixelView source, ImageShape shape, Span<byte> destination)
    {
        var (height, width) = Covering(source.FullHeight, source.FullWidth, shape);
        Scale(
            source,
            Rows(source, height, Middle(height - shape.Height), shape.Height),
            Columns(source, width, Middle(width - shape.Width), shape.Width),
            destination,
            shape.Width);
    }

    private static void Pad(PixelView source, ImageShape shape, Span<byte> destination)
    {
        var (height, width) = Fitting(source.FullHeight, source.FullWidth, shape);
        var first = (((shape.Height - height) / 2 * shape.Width) + ((shape.Width - width) / 2)) * 3;
        destination.Clear();
        if (height == source.Height && width == source.Width)
        {
            Copy(source, destination[first..], shape.Width);
            return;
        }

        Scale(source, Rows(source, height, 0, height), Columns(source, width, 0, width), destination[first..], shape.Width);
    }

    /// <summary>
    /// The size of the scaled picture that Crop cuts from. The tight side gets its size; the other follows, rounded down as by torchvision.
    /// </summary>
    private static (int Height, int Width) Covering(int sourceHeight, int sourceWidth, ImageShape shape)
    {
        var margin = Margin(shape);
        var (height, width) = ((int)Math.Round(shape.Height * margin), (int)Math.Round(shape.Width * margin));
        return (long)sourceWidth * height <= (long)sourceHeight * width
            ? ((int)((long)sourceHeight * width / sourceWidth), width)
            : (height, (int)((long)sourceWidth * height / sourceHeight));
    }

    private static (int Height, int Width) Fitting(int sourceHeight, int sourceWidth, ImageShape shape)
    {
        var scale = Math.Min(1.0, Math.Min((double)shape.Height / sourceHeight, (double)shape.Width / sourceWidth));
        return (
            Math.Clamp((int)Math.Round(sourceHeight * scale), 1, shape.Height),
            Math.Clamp((int)Math.Round(sourceWidth * scale), 1, shape.Width));
    }

    private static Filter Rows(PixelView source, int height, int start, int count) =>
        Filter.Antialiased(source.Height, source.FullHeight * source.Reduction, height, start, count);

    private static Filter Columns(PixelView source, int width, int start, int count) =>
        Filter.Antialiased(source.Width, source.FullWidth * source.Reduction, width, start, count);

    /// <summary>Half of the surplus that is cut away, rounded to even as Python rounds.</summary>
    private static int Middle(int surplus) => (int)Math.Round(surplus / 2.0);

    private static void Copy(PixelView source, Span<byte> destination, int destinationWidth)
    {
        for (var y = 0; y < source.Height; y++)
        {
            for (var x = 0; x < source.Width; x++)
            {
                source.Bytes.Slice(((y * source.Width) + x) * source.BytesPerPixel, 3).CopyTo(
                    destination.Slice(((y * destinationWidth) + x) * 3));
            }
        }
    }

    /// <summary>Runs both passes. The first pass reads only the rows that the second one needs.</summary>
    private static void Scale(PixelView source, Filter rows, Filter columns, Span<byte> destination, int destinationWidth)
    {
        var (top, bottom) = rows.Reach();
        var narrow = ArrayPool<byte>.Shared.Rent((bottom - top) * columns.Count * 3);
        for (var y = top; y < bottom; y++)
        {
            var line = source.Row(y);
            if (!line.IsEmpty)
            {
                columns.Apply(line, source.BytesPerPixel, narrow.AsSpan((y - top) * columns.Count * 3));
            }
        }

        for (var y = 0; y < rows.Count; y++)
        {
            rows.Blend(narrow, top, y, destination.Slice(y * destinationWidth * 3, columns.Count * 3));
        }

        ArrayPool<byte>.Shared.Return(narrow);
    }

    /// <summary>Computes the luma of ITU-R BT.601 in Pillow's 16-bit fixed point.</summary>
    private static void ToGrey(ReadOnlySpan<byte> rgb, Span<byte> grey)
    {
        for (var i = 0; i < grey.Length; i++)
        {
            grey[i] = (byte)(((rgb[3 * i] * 19595) + (rgb[(3 * i) + 1] * 38470) + (rgb[(3 * i) + 2] * 7471) + 0x8000) >> 16);
        }
    }
}
