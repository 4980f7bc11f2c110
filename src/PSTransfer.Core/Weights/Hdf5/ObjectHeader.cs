namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>
/// The header of a group or dataset: messages in one block or in several, chained by continuation messages. Version 1 is what h5py writes
/// by default, version 2 (OHDR, OCHK) with libver='latest' or track_order.
/// </summary>
internal static class ObjectHeader
{
    private const string What = "an object header";
    private const int PrefixLength = 32;

    // What an entry of the list takes.
    private const int MessageCost = 64;

    /// <summary>Reads all messages of the header at that address.</summary>
    public static List<HeaderMessage> Read(Hdf5Bytes file, long address)
    {
        file.CheckRange(address, 1, What);
        var prefix = file.Structure(address, Math.Min(PrefixLength, file.Length - address), What);
        var messages = new List<HeaderMessage>();
        var blocks = new Queue<(long Address, long Length)>();
        if (prefix.Part(1).Number(1) == 1)
        {
            // Version, reserved, count of messages, count of links; the first block's length; padded to 16.
            prefix.Skip(7);
            Collect(file, file.Structure(address + 16, prefix.Number(4), What), prefixOfMessage: null, messages, blocks);
            while (blocks.TryDequeue(out var block))
            {
                Collect(file, file.Structure(block.Address, block.Length, What), prefixOfMessage: null, messages, blocks);
            }

            return messages;
        }

        prefix = file.Structure(address, Math.Min(PrefixLength, file.Length - address), What);
        prefix.Expect("OHDR");
        prefix.Version(2);
        var flags = prefix.Number(1);
        prefix.Skip(((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0));
        var length = prefix.Number(1 << (int)(flags & 3));
        var order = (flags & 4) != 0 ? 2 : 0;
        Collect(file, file.Structure(address + prefix.Position, length, What), order, messages, blocks);
        while (blocks.TryDequeue(out var block))
        {
            var fields = file.Structure(block.Address, block.Length, What);
            fields.Expect("OCHK");
            Collect(file, fields.Part(fields.Left - 4), order, messages, blocks);
        }

        return messages;
    }

    /// <summary>The messages of a block. Version 2 may leave a gap at its end that is too short for one.</summary>
    private static void Collect(Hdf5Bytes file, Fields block, int? prefixOfMessage, List<HeaderMessage> messages, Queue<(long Address, long Length)> blocks)
    {
        var isOld = prefixOfMessage is null;
        while (block.Left >= (isOld ? 8 : 4 + prefixOfMessage))
        {
            var kind = (MessageKind)block.Number(isOld ? 2 : 1);
            var length = block.Number(2);
            var isShared = (block.Number(1) & 2) != 0;
            block.Skip(isOld ? 3 : prefixOfMessage!.Value);
            if (kind == MessageKind.Continuation)
            {
                var next = block.Part(length);
                blocks.Enqueue((next.Address(), next.Number(8)));
                continue;
            }

            var data = block.Bytes(length);
            if (Enum.IsDefined(kind))
            {
                if (isShared)
                {
                    throw file.Foreign("its objects share parts of their headers");
                }

                file.Charge(MessageCost);
                messages.Add(new HeaderMessage(kind, data));
            }
        }
    }
}
