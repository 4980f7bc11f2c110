using System.Text;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// The bytes of a pickle, read in order from a part of a file. Every length is checked against the bytes left before anything is allocated.
/// </summary>
internal sealed class PickleBytes
{
    /// <summary>The largest length of a pickle; those of published weights have a thousandth of it.</summary>
    public const int MaxLength = 1 << 26;

    private const int LongestLine = 256;
    private readonly WeightFileHandle _file;
    private readonly long _start;
    private readonly long _end;
    private readonly byte[] _buffer = new byte[1 << 13];
    private long _next;
    private int _filled;
    private int _taken;

    /// <param name="file">The file.</param>
    /// <param name="start">The position of the pickle's first byte.</param>
    /// <param name="length">The number of bytes from there on; the pickle may end earlier.</param>
    public PickleBytes(WeightFileHandle file, long start, long length)
    {
        _file = file;
        _start = start;
        _next = start;
        _end = start + Math.Min(length, MaxLength);
    }

    /// <summary>The number of bytes read so far.</summary>
    public long Position => _next - _filled + _taken - _start;

    private long Left => _end - _start - Position;

    public byte Byte()
    {
        if (_taken == _filled)
        {
            Fill(1);
        }

        return _buffer[_taken++];
    }

    /// <summary>Returns a few bytes, at most 255; valid until the next call.</summary>
    public ReadOnlySpan<byte> Few(int count)
    {
        if (_filled - _taken < count)
        {
            Fill(count);
        }

        _taken += count;
        return _buffer.AsSpan(_taken - count, count);
    }

    /// <summary>Reads a string of the given number of bytes in UTF-8.</summary>
    public string Text(ulong length)
    {
        Check(length);
        var bytes = new byte[length];
        var buffered = Math.Min(bytes.Length, _filled - _taken);
        _buffer.AsSpan(_taken, buffered).CopyTo(bytes);
        _taken += buffered;
        _file.ReadExactly(_next, bytes.AsSpan(buffered));
        _next += bytes.Length - buffered;
        Drop(bytes.Length - buffered);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads a line of text, without its end.</summary>
    public string Line()
    {
        var line = new StringBuilder();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            if (line.Length == LongestLine)
            {
                throw new InvalidDataException(
                    $"at byte {Position} of its pickle, a name of more than {LongestLine} bytes; download or export the file again");
            }

            line.Append((char)next);
        }

        return line.ToString();
    }

    public void Skip(ulong length)
    {
        Check(length);
        var buffered = (int)Math.Min((long)length, _filled - _taken);
        _taken += buffered;
        _next += (long)length - buffered;
        Drop((long)length - buffered);
    }

    // After reading past the buffer, nothing of it is left.
    private void Drop(long beyond)
    {
        if (beyond > 0)
        {
            _filled = 0;
            _taken = 0;
        }
    }

    private void Check(ulong length)
    {
        if (length > (ulong)Left)
        {
            throw Ended();
        }
    }

    private void Fill(int atLeast)
    {
        Check((ulong)atLeast);
        _buffer.AsSpan(_taken, _filled - _taken).CopyTo(_buffer);
        _filled -= _taken;
        _taken = 0;
        var count = (int)Math.Min(_buffer.Length - _filled, _end - _next);
        _file.ReadExactly(_next, _buffer.AsSpan(_filled, count));
        _filled += count;
        _next += count;
    }

    private InvalidDataException Ended() => new(
        $"its pickle doesn't end within {_end - _start} bytes: the file is cut off or damaged; download or export it again");
}
