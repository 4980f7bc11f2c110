using SkiaSharp;

namespace PSTransfer.Bench;

/// <summary>
/// Makes files that are as costly as photographs: seeded smooth shades, edges and grain, as JPEGs in one folder per class.
/// </summary>
internal static class Photos
{
    private const int Classes = 2;
    private const int Quality = 90;

    public static void Make(string folder, int count, int width, int height)
    {
        for (var label = 0; label < Classes; label++)
        {
            Directory.CreateDirectory(Path.Combine(folder, $"class{label}"));
        }

        Parallel.For(0, count, i =>
        {
            var random = new Random(i);
            using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
            using (var canvas = new SKCanvas(bitmap))
            {
                using var shade = SKShader.CreateLinearGradient(
                    new SKPoint(0, 0), new SKPoint(width, height), [Colour(random), Colour(random)], SKShaderTileMode.Clamp);
                using var background = new SKPaint { Shader = shade };
                canvas.DrawRect(0, 0, width, height, background);
                for (var shape = 0; shape < 30; shape++)
                {
                    using var paint = new SKPaint { Color = Colour(random), IsAntialias = true };
                    canvas.DrawOval(random.Next(width), random.Next(height), random.Next(5, width / 4), random.Next(5, height / 4), paint);
                }
            }

            var pixels = bitmap.GetPixelSpan().ToArray();
            for (var at = 0; at < pixels.Length; at++)
            {
                pixels[at] = (byte)Math.Clamp(pixels[at] + random.Next(-12, 13), 0, 255);
            }

            using var grainy = SKImage.FromPixelCopy(bitmap.Info, pixels);
            using var data = grainy.Encode(SKEncodedImageFormat.Jpeg, Quality);
            using var file = File.Create(Path.Combine(folder, $"class{i % Classes}", $"{i:00000}.jpg"));
            data.SaveTo(file);
        });
    }

    private static SKColor Colour(Random random) => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
}
