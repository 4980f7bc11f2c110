using System.Text;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Zip;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// The format of torch.save since PyTorch 1.6: a zip archive with the pickle in NAME/data.pkl and each storage in NAME/data/KEY.
/// </summary>
internal static class ZipFormat
{
    private const string Pickle = "data.pkl";

    /// <exception cref="InvalidDataException">The message is a sentence without the file's name.</exception>
    public static PyTorchContent Read(WeightFileHandle file)
    {
        var archive = new ZipDirectory(file);
        var folder = FindFolder(archive);
        if (archive.Names.Any(name => name == $"{folder}constants.pkl" || name.StartsWith($"{folder}code/", StringComparison.Ordinal)))
        {
            throw new InvalidDataException(
                "a TorchScript archive, which holds a program; expected a state dict. In PyTorch: "
                + "torch.save(torch.jit.load('model.pt').state_dict(), 'weights.pth')");
        }

        CheckByteOrder(file, archive, folder);
        var pickle = Find(archive, folder + Pickle)!;
        if (pickle.Length > PickleBytes.MaxLength)
        {
            throw new InvalidDataException(
                $"its pickle has {pickle.Length} bytes, more than {PickleBytes.MaxLength}; save the state dict alone: "
                + "torch.save(model.state_dict(), 'weights.pth')");
        }

        var foreign = new HashSet<string>();
        var root = Unpickler.Load(new PickleBytes(file, pickle.Start, pickle.Length), [], foreign);
        return new PyTorchContent(root, storage => Locate(archive, folder, storage), foreign);
    }

    private static string FindFolder(ZipDirectory archive) =>
        archive.Names.FirstOrDefault(
            name => name == Pickle || (name.EndsWith($"/{Pickle}", StringComparison.Ordinal) && name.Count('/') == 1)) is { } name
            ? name[..^Pickle.Length]
            : throw new InvalidDataException(
                archive.Names.Contains("model.weights.h5")
                    ? "this is Keras' .keras, not PyTorch's file"
                    : $"a zip archive, but not PyTorch's: expected NAME/{Pickle}, found {archive.Summary}; "
                        + "if the weights are packed in it, unpack them first");

    private static void CheckByteOrder(WeightFileHandle file, ZipDirectory archive, string folder)
    {
        if (Find(archive, $"{folder}byteorder") is not { } member)
        {
            return;
        }

        var order = new byte[Math.Min(member.Length, 16)];
        file.ReadExactly(member.Start, order);
        var found = Encoding.ASCII.GetString(order);
        if (found != "little")
        {
            throw new InvalidDataException(
                $"its byte order is '{Printable.Text(found)}', expected 'little': it comes from a big-endian machine. "
                + "Load it with PyTorch on an ordinary one and save it again");
        }
    }

    private static long Locate(ZipDirectory archive, string folder, PickledStorage storage)
    {
        var name = $"{folder}data/{storage.Key}";
        var size = TorchTypes.Size(storage.DataType);
        if (Find(archive, name) is not { } member)
        {
            throw new InvalidDataException(
                $"the archive has no {Printable.Text(name)}, where its numbers should be; download or export the file again");
        }

        return member.Length / size == storage.Count
            ? member.Start
            : throw new InvalidDataException(
                $"{Printable.Text(name)}: expected {storage.Count} × {size} bytes, found {member.Length}; "
                + "download or export the file again");
    }

    /// <summary>Returns a member that can be read in place; null if there is none.</summary>
    private static ZipMember? Find(ZipDirectory archive, string name)
    {
        var member = archive.Find(name);
        return member is null or { Method: ZipMember.Stored }
            ? member
            : throw new InvalidDataException(
                $"{member.Name} is compressed in the archive; torch.save stores it as it is. "
                + "Load the file with PyTorch and save it again");
    }
}
