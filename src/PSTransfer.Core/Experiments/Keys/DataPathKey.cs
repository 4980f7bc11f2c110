using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>
/// The key data.path, which is a folder or file. Beside data.table it is the name of the column that holds the image files. Both readings
/// are kept, because table may come later in the file.
/// </summary>
internal sealed class DataPathKey(string name, string help) : Key<DataSettings>(name, help)
{
    public override IReadOnlyList<IKey> Keys => [];

    public override JsonObject Schema() => Kinds.FilePath.Schema();

    public override DataSettings Read(DataSettings options, YamlNode node, string path, Reading reading) =>
        Kinds.FilePath.TryRead(node, path, reading, out var value)
            ? options with { Path = value, PathColumn = ((YamlScalar)node).Text }
            : options;

    public override YamlNode? Write(DataSettings options, string folder) => options switch
    {
        { Table: not null, PathColumn: { } column } => Kinds.Text.Write(column, folder),
        { Table: null, Path.Length: > 0 } => Kinds.FilePath.Write(options.Path, folder),
        _ => null,
    };
}
