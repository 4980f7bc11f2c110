using System.Text;
using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Weights.Safetensors;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>What torch.save writes since PyTorch 1.6: a zip archive with the pickle in NAME/data.pkl and each storage in NAME/data/KEY.</summary>
internal static class ZipFormat
{
    private const string Pickle = "data.pkl";

    /// <exception cref="InvalidDataException">A sentence without the file's name.</exception>
    public static PyTorchContent Read(SafeFileHandle file)
    {
        var archive = ZipDirectory.Read(file);
        var folder = FindFolder(archive);
        if (archive.Names.Any(name => name == $"{folder}constants.pkl" || name.StartsWith($"{folder}code/", StringComparison.Ordinal)))
        {
            throw new InvalidDataException(
                "a TorchScript archive, which holds a program; expected a state dict. In PyTorch: torch.save(torch.jit.load('model.pt').state_dict(), 'weights.pth')");
        }

        CheckByteOrder(file, archive, folder);
        var (start, length) = archive.Find(folder + Pickle)!.Value;
        if (length > PickleBytes.MaxLength)
        {
            throw new InvalidDataException($"its pickle has {length} bytes, more than {PickleBytes.MaxLength}; save the state dict alone: torch.save(model.state_dict(), 'weights.pth')");
        }

        return new PyTorchContent(Unpickler.Load(new PickleBytes(file, start, length), []), storage => Locate(archive, folder, storage));
    }

    private static string FindFolder(ZipDirectory archive) =>
        archive.Names.FirstOrDefault(name => name == Pickle || (name.EndsWith($"/{Pickle}", StringComparison.Ordinal) && name.Count('/') == 1)) is { } name
            ? name[..^Pickle.Length]
            : throw new InvalidDataException(
                archive.Names.Contains("model.weights.h5")
                    ? "this is Keras' .keras, not PyTorch's file"
                    : $"a zip archive, but not PyTorch's: expected NAME/{Pickle}, found {(archive.Names.Any() ? SafetensorsFile.Printable(archive.Names.First()) : "nothing")}; if the weights are packed in it, unpack them first");

    private static void CheckByteOrder(SafeFileHandle file, ZipDirectory archive, string folder)
    {
        if (archive.Find($"{folder}byteorder") is not var (start, length))
        {
            return;
        }

        var order = new byte[Math.Min(length, 16)];
        var found = Encoding.ASCII.GetString(order.AsSpan(0, RandomAccess.Read(file, order, start)));
        if (found != "little")
        {
            throw new InvalidDataException(
                $"its byte order is '{SafetensorsFile.Printable(found)}', expected 'little': it comes from a big-endian machine. Load it with PyTorch on an ordinary one and save it again");
        }
    }

    private static long Locate(ZipDirectory archive, string folder, PickledStorage storage)
    {
        var name = $"{folder}data/{storage.Key}";
        var size = TorchTypes.Size(storage.DataType);
        if (archive.Find(name) is not var (start, length))
        {
            throw new InvalidDataException($"the archive has no {SafetensorsFile.Printable(name)}, where its numbers should be; download or export the file again");
        }

        return length / size == storage.Count
            ? start
            : throw new InvalidDataException($"{SafetensorsFile.Printable(name)}: expected {storage.Count} × {size} bytes, found {length}; download or export the file again");
    }
}
