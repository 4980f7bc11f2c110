namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>
/// The header of a group or dataset: messages in one block or in several, chained by continuation messages. h5py writes version 1 by
/// default, and version 2 (OHDR, OCHK) with libver='latest' or track_order.
/// </summary>
internal static class ObjectHeader
{
    private const string What = "an object header";
    private const int LongestPrefix = 32;
    private const int ChecksumLength = 4;

    // The memory that an entry of the list takes.
    private const int MessageCost = 64;

    /// <summary>Reads all messages of the header at an address.</summary>
    public static List<HeaderMessage> Read(Hdf5Bytes file, long address)
    {
        file.CheckRange(address, 1, What);
        var prefix = file.Structure(address, Math.Min(LongestPrefix, file.Length - address), What);
        var isOld = prefix.Rest[0] == 1;
        var (length, hasOrder) = isOld ? OldPrefix(prefix) : NewPrefix(prefix);
        var messages = new List<HeaderMessage>();
        var continuations = new Queue<Fields>();
        Collect(file.Structure(address + prefix.Position, length, What));
        while (continuations.TryDequeue(out var next))
        {
            var block = file.Structure(next.Address(), next.Number(8), What);
            if (isOld)
            {
                Collect(block);
            }
            else
            {
                block.Expect("OCHK");
                Collect(block.Part(block.Left - ChecksumLength));
            }
        }

        return messages;

        void Collect(Fields block)
        {
            // In the newer version, a gap at the end may be too short for a message.
            while (block.Left >= (isOld ? 8 : hasOrder ? 6 : 4))
            {
                var kind = (MessageKind)block.Number(isOld ? 2 : 1);
                var size = block.Number(2);
                var isShared = (block.Number(1) & 2) != 0;
                block.Skip(isOld ? 3 : hasOrder ? 2 : 0);
                if (kind == MessageKind.Continuation)
                {
                    continuations.Enqueue(block.Part(size));
                    continue;
                }

                var data = block.Bytes(size);
                if (Enum.IsDefined(kind))
                {
                    file.Charge(MessageCost);
                    messages.Add(
                        !isShared ? new HeaderMessage(kind, data) : throw file.Foreign("its objects share parts of their headers"));
                }
            }
        }
    }

    /// <summary>
    /// Reads the prefix of version 1: version, number of messages, number of links, the first block's length; padded to 16 bytes.
    /// </summary>
    private static (long Length, bool HasOrder) OldPrefix(Fields prefix)
    {
        prefix.Skip(8);
        var length = prefix.Number(4);
        prefix.Skip(4);
        return (length, false);
    }

    /// <summary>
    /// Reads the prefix of version 2. Flags say whether times and limits follow, how wide the length is, and whether messages have a
    /// number.
    /// </summary>
    private static (long Length, bool HasOrder) NewPrefix(Fields prefix)
    {
        prefix.Expect("OHDR");
        prefix.Version(2);
        var flags = prefix.Number(1);
        prefix.Skip(((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0));
        return (prefix.Number(1 << (int)(flags & 3)), (flags & 4) != 0);
    }
}
