using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;
using PSTransfer.Core.Native;
using PSTransfer.Core.Networks;
using SkiaSharp;
using TorchSharp;
using static PSTransfer.Core.PSTransferException;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Shows in one picture what an augmentation makes of images. Each row has an image as it is, then its versions in seven epochs of training
/// with the same seed. Mixed images are mixed with the image of the next row.
/// </summary>
public static class ContactSheet
{
    /// <summary>How many epochs are shown.</summary>
    public const int Epochs = 7;

    private const int MostImages = 16;
    private const int SideWithoutModel = 224;
    private const int SmallestCell = 128;
    private const int Gap = 4;

    /// <summary>Writes the sheet as PNG. Images are taken evenly from the whole set, so that its classes are shown.</summary>
    /// <param name="data">The images. A set without a size of its own is shown at 224×224.</param>
    /// <param name="augmentation">The augmentation to show.</param>
    /// <param name="path">The file.</param>
    /// <param name="count">How many images, 1 to 16; all of them if the set has fewer.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="epoch">The first epoch shown, at least 1.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <exception cref="PSTransferException">A number is out of range, an image can't be read, or the file can't be written.</exception>
    public static void Write(LabeledImages data, Augmentation augmentation, string path, int count, int seed, int epoch, bool overwrite)
    {
        Require(count is >= 1 and <= MostImages, "Count", $"must be 1 to {MostImages}, not {count}");
        Require(epoch is >= 1 and <= int.MaxValue - Epochs, "Epoch", $"must be at least 1, not {epoch}");
        AtomicFile.RequireExtension(path, ".png", "Path");
        _ = AtomicFile.RequireFolder(path);
        AtomicFile.RequireFree(path, overwrite);
        LibTorch.EnsureLoaded();
        data = data.WithShape(SideWithoutModel);
        var rows = Math.Min(count, data.Count);
        var indices = Enumerable.Range(0, rows).Select(row => (int)((long)row * data.Count / rows)).ToArray();

        using var scope = NewDisposeScope();
        using var originals = BatchLoader.Pixels(rows, data.Shape!.Value, CPU, (i, pixels) => data.Read(indices[i], pixels));
        using var bitmap = Empty(data.Shape.Value, rows);
        Draw(bitmap, originals, column: 0);
        for (var column = 1; column <= Epochs; column++)
        {
            var changed = augmentation.Apply(originals, seed, epoch + column - 1, indices);
            Draw(bitmap, Mixup.For(augmentation, seed, epoch + column - 1, step: 0)?.Images(changed) ?? changed, column);
        }

        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, overwrite, png.SaveTo);
    }

    private static SKBitmap Empty(ImageShape shape, int rows)
    {
        var scale = Scale(shape.Height, shape.Width);
        var bitmap = new SKBitmap(new SKImageInfo(
            Left(Epochs + 1, shape.Width * scale),
            Gap + (rows * ((shape.Height * scale) + Gap)),
            SKColorType.Rgba8888,
            SKAlphaType.Opaque));
        bitmap.Erase(SKColors.White);
        return bitmap;
    }

    /// <summary>Fills a column with the images of a batch, N×C×H×W, 0 to 255.</summary>
    private static void Draw(SKBitmap bitmap, Tensor images, int column)
    {
        Planes.EditEach(images.contiguous(), (row, planes) =>
        {
            var scale = Scale(planes.Height, planes.Width);
            var (left, top) = (Left(column, planes.Width * scale), Gap + (row * ((planes.Height * scale) + Gap)));
            var pixels = bitmap.GetPixelSpan();
            for (var y = 0; y < planes.Height * scale; y++)
            {
                for (var x = 0; x < planes.Width * scale; x++)
                {
                    var from = (y / scale * planes.Width) + (x / scale);
                    var to = pixels[(((top + y) * bitmap.RowBytes) + ((left + x) * 4))..];
                    for (var colour = 0; colour < 3; colour++)
                    {
                        to[colour] = (byte)Math.Clamp(MathF.Round(planes[planes.Channels == 3 ? colour : 0][from]), 0, 255);
                    }
                }
            }
        });
    }

    // A wider gap sets the originals apart.
    private static int Left(int column, int width) => Gap + (column * (width + Gap)) + (column > 0 ? 2 * Gap : 0);

    // Small images are enlarged by a whole number of times.
    private static int Scale(int height, int width) => Math.Max(1, SmallestCell / Math.Max(height, width));
}
