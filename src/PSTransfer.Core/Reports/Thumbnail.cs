using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Networks;
using SkiaSharp;

namespace PSTransfer.Core.Reports;

/// <summary>Makes a small picture of an image as the model sees it.</summary>
internal static class Thumbnail
{
    private const int MaxSide = 96;

    /// <summary>Makes a PNG file of an image from a set that has a shape; larger images are scaled down.</summary>
    public static byte[] Of(LabeledImages images, int index)
    {
        var shape = images.Shape!.Value;
        var pixels = new byte[shape.ByteCount];
        images.Read(index, pixels);
        var colours = new SKColor[shape.Height * shape.Width];
        for (var i = 0; i < colours.Length; i++)
        {
            colours[i] = shape.Channels == 1
                ? new SKColor(pixels[i], pixels[i], pixels[i])
                : new SKColor(pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]);
        }

        using var bitmap = new SKBitmap(shape.Width, shape.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Pixels = colours;
        var scale = Math.Min(1.0, (double)MaxSide / Math.Max(shape.Width, shape.Height));
        using var small = scale == 1
            ? bitmap.Copy()
            : bitmap.Resize(
                new SKSizeI(Math.Max(1, (int)(shape.Width * scale)), Math.Max(1, (int)(shape.Height * scale))),
                new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var png = small.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }
}
