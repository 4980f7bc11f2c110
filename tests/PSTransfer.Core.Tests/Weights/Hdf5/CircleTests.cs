namespace PSTransfer.Core.Tests.Weights.Hdf5;

/// <summary>Structures that lead back to themselves, written by hand: reading them ends, at a bounded cost.</summary>
public sealed class CircleTests : IDisposable
{
    private const long MostAllocated = 128 << 20;
    private const int HeaderAt = 48;
    private const int BlockAt = 96;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AHeaderThatContinuesInItself()
    {
        // A block that holds nothing but the message that it goes on in itself.
        var block = Join("OCHK"u8.ToArray(), Message(16, Join(Number(BlockAt), Number(28))), new byte[4]);
        AssertEnds("in a circle", Message(16, Join(Number(BlockAt), Number(28))), block);
    }

    [Fact]
    public void ATreeWhoseChildIsItself()
    {
        // A local heap without names, and a tree of level 1 with one child.
        var heap = Join("HEAP"u8.ToArray(), new byte[4], Number(8), Number(-1), Number(BlockAt));
        var tree = Join("TREE"u8.ToArray(), [0, 1, 1, 0], Number(-1), Number(-1), Number(0), Number(BlockAt + heap.Length));
        AssertEnds("a group's tree has the level 1", Message(17, Join(Number(BlockAt + heap.Length), Number(BlockAt))), Join(heap, tree));
    }

    [Fact]
    public void ATreeThatListsOneLeafManyTimes()
    {
        // 60,000 children, each the same list of one name.
        var heap = Join("HEAP"u8.ToArray(), new byte[4], Number(8), Number(-1), Number(BlockAt));
        var leaf = Join("SNOD"u8.ToArray(), [1, 0, 100, 0], new byte[4000]);
        byte[] child = Join(Number(0), Number(BlockAt + heap.Length));
        var tree = Join(
            "TREE"u8.ToArray(), [0, 0, 0x60, 0xEA], Number(-1), Number(-1),
            [.. Enumerable.Repeat(child, 60_000).SelectMany(bytes => bytes)]);
        AssertEnds("in a circle", Message(17, Join(Number(BlockAt + heap.Length + leaf.Length), Number(BlockAt))), Join(heap, leaf, tree));
    }

    /// <summary>A superblock of version 2, a root with one message, and what it leads to.</summary>
    private void AssertEnds(string message, byte[] root, byte[] rest)
    {
        var superblock = Join([0x89, .. "HDF\r\n\x1a\n"u8], [2, 8, 8, 0], Number(0), Number(-1), Number(0), Number(HeaderAt), new byte[4]);
        var header = Join("OHDR"u8.ToArray(), [2, 0, (byte)root.Length], root, new byte[4]);
        var path = _folder.File("circle.h5", Join(superblock, header, new byte[BlockAt - HeaderAt - header.Length], rest));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<PSTransferException>(() => KerasFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Message(byte kind, byte[] data) => Join([kind, (byte)data.Length, 0, 0], data);

    private static byte[] Number(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];
}
