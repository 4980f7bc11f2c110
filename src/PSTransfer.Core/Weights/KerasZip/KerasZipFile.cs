using PSTransfer.Core.Files;
using PSTransfer.Core.Weights.Hdf5;
using PSTransfer.Core.Weights.KerasH5;
using PSTransfer.Core.Weights.Zip;

namespace PSTransfer.Core.Weights.KerasZip;

/// <summary>
/// A Keras .keras file, open for reading: a zip archive with the model's description in config.json and Keras 3's weights in
/// model.weights.h5. The weights are read in place if the archive stores them uncompressed, as Keras does. The names of layers and the
/// order of tensors come from config.json. Nothing is extracted by name, and nothing in the file is ever run.
/// </summary>
internal sealed class KerasZipFile : IWeightFile
{
    private const string Weights = "model.weights.h5";
    private const string Config = "config.json";

    // InceptionResNetV2's config.json has 500 KB.
    private const long LongestConfig = 1 << 24;

    private readonly KerasFile _file;
    private readonly Dictionary<StoredTensor, StoredTensor> _inside = new(ReferenceEqualityComparer.Instance);

    private KerasZipFile(KerasFile file, KerasConfig? config)
    {
        _file = file;
        Layers = config?.Layers ?? file.Layers;
        var named = new List<(int Place, KerasTensor Tensor)>();
        foreach (var inside in file.Tensors.Cast<KerasTensor>())
        {
            var end = inside.Name.LastIndexOf("/vars/", StringComparison.Ordinal);
            var layer = end < 0 ? null : config?.Layer(inside.Name[..end]);
            var tensor = inside with { Layer = layer?.Name ?? inside.Layer };
            _inside.Add(tensor, inside);
            named.Add((layer?.Place ?? int.MaxValue, tensor));
        }

        Tensors = [.. named.OrderBy(tensor => tensor.Place).Select(tensor => tensor.Tensor)];
    }

    /// <inheritdoc/>
    public WeightConvention Convention => WeightConvention.Keras;

    /// <inheritdoc/>
    public IReadOnlyCollection<string>? Layers { get; }

    /// <summary>The tensors, each of them a <see cref="KerasTensor"/>, in the order of the model's layers.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Whether a zip archive is a .keras file; PyTorch's archives have other members.</summary>
    /// <exception cref="PSTransferException">The file can't be read as a zip archive at all.</exception>
    public static bool Looks(string path)
    {
        using var archive = WeightFileHandle.Open(path, "a zip archive");
        var directory = new ZipDirectory(archive);
        return directory.Names.Contains(Weights) || directory.Names.Contains(Config);
    }

    /// <summary>Opens a file and reads its lists, without any numbers.</summary>
    /// <exception cref="PSTransferException">The file can't be read, is damaged, or isn't a .keras file.</exception>
    public static KerasZipFile Open(string path)
    {
        const string What = "a Keras .keras file (a zip archive)";
        var archive = WeightFileHandle.Open(path, What);
        KerasFile? file = null;
        try
        {
            var start = archive.ReadStart();
            if (!FileSignature.IsZip(start))
            {
                throw FileFault.WrongKind(path, What, start);
            }

            var directory = new ZipDirectory(archive);
            var weights = directory.Find(Weights)
                ?? throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: a zip archive, but not Keras' .keras: expected {Weights} in it, found {directory.Summary}. "
                    + "Is it PyTorch's .pth, or were the weights saved in another format?",
                    path);
            var config = directory.Find(Config) is { } member ? new KerasConfig(path, ReadConfig(archive, member)) : null;
            file = KerasFile.Open(Bytes(ref archive, weights));
            return new KerasZipFile(file, config);
        }
        catch
        {
            file?.Dispose();
            archive.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Read(StoredTensor tensor, Span<float> destination) => _file.Read(_inside[tensor], destination);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Returns the bytes of the .h5: in the archive itself, or in a temporary file that replaces it.</summary>
    private static Hdf5Bytes Bytes(ref WeightFileHandle archive, ZipMember member)
    {
        if (member.Method == ZipMember.Stored)
        {
            return new Hdf5Bytes(archive, member.Name, member.Start, member.Length);
        }

        var expanded = new WeightFileHandle(archive.Path, ZipExpansion.ToTemporaryFile(archive, member));
        archive.Dispose();
        archive = expanded;
        return new Hdf5Bytes(archive, member.Name, 0, member.Length);
    }

    private static ReadOnlyMemory<byte> ReadConfig(WeightFileHandle archive, ZipMember member)
    {
        if (member.Length > LongestConfig)
        {
            throw FileFault.Damaged(archive.Path, $"{Config} has {member.Length} bytes, expected at most {LongestConfig}");
        }

        using var json = new MemoryStream();
        ZipExpansion.Expand(archive, member, bytes => json.Write(bytes.Span));
        return json.GetBuffer().AsMemory(0, (int)json.Length);
    }
}
