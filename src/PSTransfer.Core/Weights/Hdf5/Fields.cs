using System.Buffers.Binary;
using System.Text;

namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>Reads the fields of one structure, one after the other: little-endian, and never beyond the structure's end.</summary>
/// <param name="file">The file, for errors.</param>
/// <param name="bytes">The structure.</param>
/// <param name="what">A description of the structure, for errors.</param>
internal sealed class Fields(Hdf5Bytes file, ReadOnlyMemory<byte> bytes, string what)
{
    /// <summary>The value that <see cref="Address"/> returns for "none".</summary>
    public const long Undefined = -1;

    /// <summary>The number of bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>The number of bytes left.</summary>
    public int Left => bytes.Length - Position;

    /// <summary>The bytes left.</summary>
    public ReadOnlySpan<byte> Rest => bytes.Span[Position..];

    /// <summary>Reads an unsigned number of 1 to 8 bytes. A number of more than 63 bits is an error everywhere.</summary>
    public long Number(int width)
    {
        var number = Unsigned(width);
        return number <= long.MaxValue ? (long)number : throw file.Damaged($"{what} has the number {number}");
    }

    /// <summary>Reads a place in the file, or <see cref="Undefined"/>.</summary>
    public long Address()
    {
        var address = Unsigned(sizeof(ulong));
        return address switch
        {
            ulong.MaxValue => Undefined,
            <= long.MaxValue => (long)address,
            _ => throw file.Damaged($"{what} has the address {address}"),
        };
    }

    /// <summary>Returns the next bytes without a copy.</summary>
    public ReadOnlyMemory<byte> Bytes(long count)
    {
        if (count < 0 || count > Left)
        {
            throw file.Damaged($"{what} ends after {bytes.Length} bytes, expected {Position + (Int128)count}");
        }

        Position += (int)count;
        return bytes.Slice(Position - (int)count, (int)count);
    }

    /// <summary>Returns the next bytes as a structure of their own.</summary>
    public Fields Part(long count) => new(file, Bytes(count), what);

    /// <summary>Reads a text of the given number of bytes, or up to its first 0.</summary>
    public string Text(long count)
    {
        var text = Bytes(count).Span;
        text = text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text;
        file.Charge(text.Length);
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Reads a text up to the next 0, which must be there.</summary>
    public string TextToZero()
    {
        var length = Rest.IndexOf((byte)0);
        return length >= 0 ? Text(length + 1) : throw file.Damaged($"{what} has a name without an end");
    }

    /// <summary>Skips bytes.</summary>
    public void Skip(long count) => Bytes(count);

    /// <summary>Reads and checks the four letters with which a structure begins.</summary>
    public void Expect(string signature)
    {
        if (!Encoding.ASCII.GetBytes(signature).AsSpan().SequenceEqual(Bytes(signature.Length).Span))
        {
            throw file.Damaged($"{what} doesn't begin with {signature}");
        }
    }

    /// <summary>Reads a version, which must be one that this reader knows.</summary>
    public int Version(params ReadOnlySpan<int> known)
    {
        var version = (int)Number(1);
        return known.Contains(version)
            ? version
            : throw file.Damaged($"{what} has the version {version}, expected {string.Join(" or ", known.ToArray())}");
    }

    private ulong Unsigned(int width)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        number.Clear();
        Bytes(width).Span.CopyTo(number);
        return BinaryPrimitives.ReadUInt64LittleEndian(number);
    }
}
