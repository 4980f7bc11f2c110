using System.Numerics;

namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>
/// A fractal heap: one space of bytes, cut into blocks whose sizes double from row to row of a table. Beyond the largest block size, the
/// entries are tables themselves.
/// </summary>
internal sealed class FractalHeap
{
    private const string What = "a fractal heap";
    private readonly Hdf5Bytes _file;
    private readonly int _offsetWidth;
    private readonly int _lengthWidth;
    private readonly long _tableWidth;
    private readonly long _firstBlock;
    private readonly long _largestBlock;
    private readonly long _root;
    private readonly int _rootRows;

    /// <summary>Reads the heap's header.</summary>
    public FractalHeap(Hdf5Bytes file, long address)
    {
        _file = file;
        var fields = file.Structure(address, 142, What);
        fields.Expect("FRHP");
        fields.Version(0);
        fields.Skip(2);
        if (fields.Number(2) != 0)
        {
            throw file.Foreign("its lists of names are compressed");
        }

        fields.Skip(1);
        var largestObject = fields.Number(4);
        fields.Skip(96);
        _tableWidth = fields.Number(2);
        _firstBlock = fields.Number(8);
        _largestBlock = fields.Number(8);
        var bits = (int)fields.Number(2);
        fields.Skip(2);
        _root = fields.Address();
        _rootRows = (int)fields.Number(2);
        if (!BitOperations.IsPow2(_tableWidth)
            || !BitOperations.IsPow2(_firstBlock)
            || !BitOperations.IsPow2(_largestBlock)
            || _largestBlock < _firstBlock
            || _largestBlock > 1 << 30
            || _tableWidth > 1 << 10
            || bits is 0 or > 64
            || _rootRows > 64)
        {
            throw file.Damaged($"{What} has {_tableWidth} blocks of {_firstBlock} to {_largestBlock} bytes in each of {_rootRows} rows");
        }

        _offsetWidth = (bits + 7) / 8;
        _lengthWidth = (BitOperations.Log2((ulong)Math.Max(1, Math.Min(largestObject, _largestBlock))) / 8) + 1;
    }

    /// <summary>Returns the object to which an identifier leads.</summary>
    public ReadOnlyMemory<byte> Object(ReadOnlyMemory<byte> identifier)
    {
        var fields = new Fields(_file, identifier, "a place in a fractal heap");
        var first = (int)fields.Number(1);
        switch (first >> 4)
        {
            case 0:
                var offset = fields.Number(_offsetWidth);
                var length = fields.Number(_lengthWidth);
                return _file.Structure(Place(offset), length, "an object of a fractal heap").Bytes(length);
            case 2:
                return fields.Bytes((first & 15) + 1);
            default:
                throw _file.Foreign("a list of names has one that is too long for its heap");
        }
    }

    /// <summary>Returns the place in the file of a byte of the heap's space.</summary>
    private long Place(long offset)
    {
        var block = _root;
        var rows = _rootRows;
        while (rows > 0)
        {
            var row = 0;
            var size = _firstBlock;
            while (offset >= size * _tableWidth)
            {
                offset -= size * _tableWidth;
                size <<= row > 0 ? 1 : 0;
                row++;
                if (row >= rows || size > long.MaxValue / 2 / _tableWidth)
                {
                    throw _file.Damaged($"{What} has a name beyond its end");
                }
            }

            // Before the table's entries come signature, version, the heap's address and the offset.
            var entry = (row * _tableWidth) + (offset / size);
            block = _file.Structure(block + 13 + _offsetWidth + (entry * 8), 8, What).Address();
            offset %= size;

            // A table of smaller blocks takes the space of one block of this size. It has fewer rows than its parent, so the loop ends.
            rows = size <= _largestBlock ? 0 : BitOperations.Log2((ulong)size) - BitOperations.Log2((ulong)(_firstBlock * _tableWidth)) + 1;
        }

        return block == Fields.Undefined ? throw _file.Damaged($"{What} has a name in a block that isn't there") : block + offset;
    }
}
