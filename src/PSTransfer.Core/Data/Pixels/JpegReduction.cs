using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Decoding a JPEG at a half, a quarter or an eighth of its size, from fewer of its frequencies, where much less is wanted: a photo of
/// 12 megapixels for a network at 224 takes less than half as long. Against the whole picture, antialiased, pixels of photographs differ by
/// less than a grey level in the mean, and by up to 9 where there is a hard edge (20 in pictures of up to 64 pixels).
/// </summary>
internal static class JpegReduction
{
    /// <summary>
    /// A reduced picture has at least this many times the pixels that are wanted along each side, as Pillow's thumbnails have it. With as many as
    /// are wanted, differences are four times as large; with three times as many they are half as large, and so is the gain.
    /// </summary>
    private const double Margin = 2;

    /// <summary>The smallest size to decode at.</summary>
    /// <param name="codec">Of a JPEG.</param>
    /// <param name="scale">What the whole picture's sides will be multiplied by.</param>
    /// <param name="mirrored">The picture will be mirrored: the part of the last row or column that is beyond it would come first then, so sides that don't divide stay whole.</param>
    /// <returns>The size in the file's orientation, and what its sides are of the whole, before they are rounded up.</returns>
    public static (int Height, int Width, double Reduction) Choose(SKCodec codec, double scale, bool mirrored)
    {
        var (height, width) = (codec.Info.Height, codec.Info.Width);
        foreach (var divisor in new[] { 8, 4, 2 })
        {
            var reduced = codec.GetScaledDimensions(1f / divisor);
            var expected = ((height + divisor - 1) / divisor, (width + divisor - 1) / divisor);
            if (Margin * scale * divisor <= 1 && (reduced.Height, reduced.Width) == expected && !(mirrored && (height % divisor > 0 || width % divisor > 0)))
            {
                return (reduced.Height, reduced.Width, 1.0 / divisor);
            }
        }

        return (height, width, 1);
    }
}
