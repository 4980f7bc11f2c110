using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Puts a picture together, upright, from the rows of a file, some at a time. Turning takes no second copy, and rows that nobody reads
/// take no memory.
/// </summary>
internal sealed class UprightPicture : IDisposable
{
    /// <summary>
    /// How many rows are turned on their side at once. Each turned row touches a page of memory per column, and rows that are turned
    /// together share the pages.
    /// </summary>
    public const int RowsAtOnce = 64;

    private readonly int _fileHeight;
    private readonly int _fileWidth;
    private readonly bool _transposed;
    private readonly bool _fromRight;
    private readonly bool _fromBottom;

    /// <summary>Where an upright row is kept; null for each in its place, -1 for one that isn't kept.</summary>
    private readonly int[]? _places;

    /// <param name="fileHeight">Rows in the file.</param>
    /// <param name="fileWidth">Pixels in each.</param>
    /// <param name="origin">Where in the upright picture the file's first pixel and row are.</param>
    /// <param name="wanted">Which of the upright rows will be read; null for all.</param>
    public UprightPicture(int fileHeight, int fileWidth, SKEncodedOrigin origin, bool[]? wanted)
    {
        // The eight orientations are a transposition or none, then a mirror of either axis or none. In terms of the upright picture:
        (_fileHeight, _fileWidth, _transposed) = (fileHeight, fileWidth, IsTransposed(origin));
        _fromRight = origin
            is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom or SKEncodedOrigin.RightTop;
        _fromBottom = origin
            is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.LeftBottom or SKEncodedOrigin.RightBottom;
        (Height, Width) = _transposed ? (fileWidth, fileHeight) : (fileHeight, fileWidth);
        _places = wanted is null ? null : Places(wanted);
        Buffer = new PixelBuffer(wanted?.Count(row => row) ?? Height, Width);
    }

    public int Height { get; }

    public int Width { get; }

    public PixelBuffer Buffer { get; }

    /// <summary>Whether the sides are swapped.</summary>
    public static bool IsTransposed(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>Takes rows of the file.</summary>
    /// <param name="pixels">Row after row.</param>
    /// <param name="first">Which row of the file the first of them is.</param>
    /// <param name="count">How many there are.</param>
    public void Put(ReadOnlySpan<int> pixels, int first, int count)
    {
        for (; count > RowsAtOnce; first += RowsAtOnce, count -= RowsAtOnce)
        {
            PutSome(pixels, first, RowsAtOnce);
            pixels = pixels[(RowsAtOnce * _fileWidth)..];
        }

        PutSome(pixels, first, count);
    }

    /// <summary>The picture as it is handed on; its memory goes with it.</summary>
    public DecodedImage Finish(DecodingMemory memory, (int Height, int Width) full, double reduction) =>
        new(Buffer, memory, Height, Width, _places) { Full = full, Reduction = reduction };

    public void Dispose() => Buffer.Dispose();

    private static int[] Places(bool[] wanted)
    {
        var kept = 0;
        return [.. wanted.Select(row => row ? kept++ : -1)];
    }

    private void PutSome(ReadOnlySpan<int> pixels, int first, int count)
    {
        var upright = Buffer.Pixels;
        if (_transposed)
        {
            for (var column = 0; column < _fileWidth; column++)
            {
                var row = Place(_fromBottom ? _fileWidth - 1 - column : column);
                if (row < 0)
                {
                    continue;
                }

                var target = upright.Slice((row * Width) + (_fromRight ? _fileHeight - first - count : first), count);
                for (int i = 0, from = column; i < target.Length; i++, from += _fileWidth)
                {
                    target[_fromRight ? target.Length - 1 - i : i] = pixels[from];
                }
            }

            return;
        }

        for (var i = 0; i < count; i++)
        {
            var row = Place(_fromBottom ? _fileHeight - 1 - first - i : first + i);
            if (row < 0)
            {
                continue;
            }

            var target = upright.Slice(row * Width, Width);
            pixels.Slice(i * _fileWidth, _fileWidth).CopyTo(target);
            if (_fromRight)
            {
                target.Reverse();
            }
        }
    }

    private int Place(int row) => _places is null ? row : _places[row];
}
