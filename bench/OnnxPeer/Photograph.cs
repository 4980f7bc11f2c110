using SkiaSharp;

namespace OnnxPeer;

/// <summary>
/// Reads a file in the form that torchvision's networks expect: shorter side 256, middle 224×224, normalised, channels first.
/// </summary>
internal static class Photograph
{
    public const int Bytes = Side * Side * 3;
    public const int Side = 224;
    private const int ShorterSide = 256;
    private static readonly float[] _mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] _deviation = [0.229f, 0.224f, 0.225f];

    /// <summary>Reads all files, decoded on all cores.</summary>
    public static float[] ReadAll(string[] paths)
    {
        var input = new float[paths.Length * Bytes];
        Parallel.For(0, paths.Length, i => Read(paths[i], input.AsSpan(i * Bytes, Bytes)));
        return input;
    }

    /// <summary>Converts the bytes of 224×224 pixels to three planes of floats.</summary>
    /// <param name="pixels">The pixels, row by row.</param>
    /// <param name="channels">The bytes of a pixel; the first three are red, green and blue.</param>
    /// <param name="planes">Receives the three planes.</param>
    public static void Normalize(ReadOnlySpan<byte> pixels, int channels, Span<float> planes)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            var (factor, shift) = (1 / (255 * _deviation[channel]), _mean[channel] / _deviation[channel]);
            var plane = planes.Slice(channel * Side * Side, Side * Side);
            for (var i = 0; i < plane.Length; i++)
            {
                plane[i] = (pixels[(i * channels) + channel] * factor) - shift;
            }
        }
    }

    private static void Read(string path, Span<float> planes)
    {
        using var bitmap = SKBitmap.Decode(path);
        var scale = (double)ShorterSide / Math.Min(bitmap.Width, bitmap.Height);
        var size = new SKImageInfo((int)(bitmap.Width * scale), (int)(bitmap.Height * scale), SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var resized = bitmap.Resize(size, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        var (left, top) = ((resized.Width - Side) / 2, (resized.Height - Side) / 2);
        using var middle = new SKBitmap();
        resized.ExtractSubset(middle, SKRectI.Create(left, top, Side, Side));
        using var copy = middle.Copy(); // a subset keeps the row length of the whole picture
        Normalize(copy.GetPixelSpan(), channels: 4, planes);
    }
}
