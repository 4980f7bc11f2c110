using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Builds an upright picture from the rows of a file, some at a time. Turning needs no second copy, and rows that aren't wanted take no
/// memory.
/// </summary>
internal sealed class UprightPicture : IDisposable
{
    /// <summary>
    /// How many rows are turned on their side at once. Each turned row touches a page of memory per column, and rows turned together share
    /// these pages.
    /// </summary>
    public const int RowsAtOnce = 64;

    private readonly int _fileHeight;
    private readonly int _fileWidth;
    private readonly bool _transposed;
    private readonly bool _fromRight;
    private readonly bool _fromBottom;

    /// <summary>The place of each upright row, or -1 for a row that isn't kept. Null if each row is kept at its own place.</summary>
    private readonly int[]? _places;

    /// <param name="fileHeight">The number of rows in the file.</param>
    /// <param name="fileWidth">The number of pixels in each row.</param>
    /// <param name="origin">The corner of the upright picture that holds the file's first pixel.</param>
    /// <param name="wanted">Which of the upright rows will be read; null for all.</param>
    public UprightPicture(int fileHeight, int fileWidth, SKEncodedOrigin origin, bool[]? wanted)
    {
        // Each of the eight orientations is a transposition or none, then a mirror of either axis or none. In terms of the upright picture:
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

    /// <summary>Adds rows of the file.</summary>
    /// <param name="pixels">The pixels, row after row.</param>
    /// <param name="first">The number of the first row in the file.</param>
    /// <param name="count">How many rows there are.</param>
    public void Put(ReadOnlySpan<int> pixels, int first, int count)
    {
        for (; count > RowsAtOnce; first += RowsAtOnce, count -= RowsAtOnce)
        {
            PutSome(pixels, first, RowsAtOnce);
            pixels = pixels[(RowsAtOnce * _fileWidth)..];
        }

        PutSome(pixels, first, count);
    }

    /// <summary>Hands over the finished picture together with its memory.</summary>
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
