using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Decodes a JPEG at a half, a quarter or an eighth of its size, from fewer frequencies, if a much smaller picture is wanted. A photo of 12
/// megapixels for a network at 224 takes less than half as long. Antialiased photographs differ from those of the whole picture by less
/// than a grey level in the mean. At hard edges the difference is up to 9 (20 in pictures of up to 64 pixels).
/// </summary>
internal static class JpegReduction
{
    /// <summary>
    /// A reduced picture keeps at least this many times the wanted pixels along each side, as Pillow's thumbnails do. With a margin of 1,
    /// differences are four times as large; with 3 they are half as large, and so is the gain.
    /// </summary>
    private const double Margin = 2;

    /// <summary>Chooses the smallest size to decode at.</summary>
    /// <param name="codec">The codec of a JPEG.</param>
    /// <param name="scale">The factor by which the whole picture's sides will be scaled.</param>
    /// <param name="mirrored">Whether the picture will be mirrored. Padding beyond the last row or column would then come first, so sides
    /// that don't divide aren't reduced.</param>
    /// <returns>The size in the file's orientation, and its ratio to the whole picture before sides are rounded up.</returns>
    public static (int Height, int Width, double Reduction) Choose(SKCodec codec, double scale, bool mirrored)
    {
        var (height, width) = (codec.Info.Height, codec.Info.Width);
        foreach (var divisor in new[] { 8, 4, 2 })
        {
            var reduced = codec.GetScaledDimensions(1f / divisor);
            var expected = ((height + divisor - 1) / divisor, (width + divisor - 1) / divisor);
            if (Margin * scale * divisor <= 1
                && (reduced.Height, reduced.Width) == expected
                && !(mirrored && (height % divisor > 0 || width % divisor > 0)))
            {
                return (reduced.Height, reduced.Width, 1.0 / divisor);
            }
        }

        return (height, width, 1);
    }
}
