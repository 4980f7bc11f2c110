using System.Buffers.Binary;
using System.Text;

namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>The fields of one structure, read one after the other: little-endian, and none beyond the structure's end.</summary>
/// <param name="file">For errors.</param>
/// <param name="bytes">The structure.</param>
/// <param name="what">What it is, for errors.</param>
internal sealed class Fields(Hdf5Bytes file, ReadOnlyMemory<byte> bytes, string what)
{
    /// <summary>What <see cref="Address"/> gives for "none".</summary>
    public const long Undefined = -1;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>How many bytes follow.</summary>
    public int Left => bytes.Length - Position;

    /// <summary>The bytes that follow.</summary>
    public ReadOnlySpan<byte> Rest => bytes.Span[Position..];

    /// <summary>An unsigned number of 1 to 8 bytes; one of more than 63 bits can't be right anywhere.</summary>
    public long Number(int width)
    {
        var number = Unsigned(width);
        return number <= long.MaxValue ? (long)number : throw file.Damaged($"{what} has the number {number}");
    }

    /// <summary>A place in the file, or <see cref="Undefined"/>.</summary>
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

    /// <summary>The next bytes, not copied.</summary>
    public ReadOnlyMemory<byte> Bytes(long count)
    {
        if (count < 0 || count > Left)
        {
            throw file.Damaged($"{what} ends after {bytes.Length} bytes, expected {Position + (Int128)count}");
        }

        Position += (int)count;
        return bytes.Slice(Position - (int)count, (int)count);
    }

    /// <summary>The next bytes as a structure of their own.</summary>
    public Fields Part(long count) => new(file, Bytes(count), what);

    /// <summary>Text of that many bytes, or up to its first 0.</summary>
    public string Text(long count)
    {
        var text = Bytes(count).Span;
        text = text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text;
        file.Charge(text.Length);
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Text up to the next 0, which must be there.</summary>
    public string TextToZero()
    {
        var length = Rest.IndexOf((byte)0);
        return length >= 0 ? Text(length + 1) : throw file.Damaged($"{what} has a name without an end");
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(long count) => Bytes(count);

    /// <summary>The four letters that a structure begins with.</summary>
    public void Expect(string signature)
    {
        if (!Encoding.ASCII.GetBytes(signature).AsSpan().SequenceEqual(Bytes(signature.Length).Span))
        {
            throw file.Damaged($"{what} doesn't begin with {signature}");
        }
    }

    /// <summary>A version that this reader knows.</summary>
    public int Version(params ReadOnlySpan<int> known)
    {
        var version = (int)Number(1);
        return known.Contains(version) ? version : throw file.Damaged($"{what} has the version {version}, expected {string.Join(" or ", known.ToArray())}");
    }

    private ulong Unsigned(int width)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        number.Clear();
        Bytes(width).Span.CopyTo(number);
        return BinaryPrimitives.ReadUInt64LittleEndian(number);
    }
}
