using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// The format of torch.save before PyTorch 1.6. It has pickles of a magic number, a version, facts about the machine, the object, and the
/// keys of the object's storages. The storages follow in the order of the keys, each after its count (int64).
/// </summary>
internal static class LegacyFormat
{
    private const long Version = 1001;
    private static readonly BigInteger Magic =
        BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <exception cref="InvalidDataException">The message is a sentence without the file's name.</exception>
    public static PyTorchContent Read(WeightFileHandle file)
    {
        var fileLength = file.Length;
        var bytes = new PickleBytes(file, 0, fileLength);
        var storages = new Dictionary<string, PickledStorage>();
        if (Unpickler.Load(bytes, storages) is not BigInteger magic || magic != Magic)
        {
            throw new InvalidDataException(
                "a Python pickle, but not PyTorch's: its magic number is missing. Save the weights with "
                + "torch.save(model.state_dict(), 'weights.pth')");
        }

        if (Unpickler.Load(bytes, storages) is not Version || Unpickler.Load(bytes, storages) is not PickledDictionary machine)
        {
            throw new InvalidDataException(
                $"expected version {Version} of PyTorch's format from before 1.6, found another. "
                + "Load the file with PyTorch and save it again");
        }

        if (machine.Find("little_endian") is not true)
        {
            throw new InvalidDataException("it comes from a big-endian machine. Load it with PyTorch on an ordinary one and save it again");
        }

        var foreign = new HashSet<string>();
        var root = Unpickler.Load(bytes, storages, foreign);
        if (Unpickler.Load(bytes, []) is not List<object?> keys)
        {
            throw new InvalidDataException(
                "expected the list of its storages' keys after the pickle, found something else; download or export the file again");
        }

        var places = Places(file, bytes.Position, fileLength, keys, storages);
        return new PyTorchContent(root, storage => places.TryGetValue(storage.Key, out var place)
            ? place
            : throw new InvalidDataException($"the file lacks the storage {Printable.Text(storage.Key)}; download or export it again"),
            foreign);
    }

    private static Dictionary<string, long> Places(
        WeightFileHandle file, long position, long fileLength, List<object?> keys, Dictionary<string, PickledStorage> storages)
    {
        var places = new Dictionary<string, long>();
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (var item in keys)
        {
            if (item is not string key || !storages.TryGetValue(key, out var storage) || !places.TryAdd(key, position + sizeof(long)))
            {
                throw new InvalidDataException(
                    "its list of storages has one that no tensor needs, or one twice; download or export the file again");
            }

            if (position > fileLength - count.Length)
            {
                throw new InvalidDataException(
                    $"the file is cut off: it ends at byte {fileLength}, before the storage {Printable.Text(key)}; "
                    + "download or export it again");
            }

            file.ReadExactly(position, count);
            var found = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (found != storage.Count)
            {
                throw new InvalidDataException(
                    $"the storage {Printable.Text(key)} has {found} numbers, expected {storage.Count}; download or export the file again");
            }

            position += sizeof(long);
            var size = TorchTypes.Size(storage.DataType);
            if (found < 0 || found > (fileLength - position) / size)
            {
                throw new InvalidDataException(
                    $"the file is cut off: the storage {Printable.Text(key)} has {found} × {size} bytes, "
                    + $"and {fileLength - position} are left; download or export it again");
            }

            position += found * size;
        }

        return places;
    }
}
