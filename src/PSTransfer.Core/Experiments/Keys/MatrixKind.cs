using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>
/// The kind of the key matrix: keys with lists of values. <see cref="ExperimentMatrix"/> takes the matrix from the file before the rest
/// is read.
/// </summary>
internal sealed class MatrixKind : ValueKind<bool>
{
    public override bool TryRead(YamlNode node, string key, Reading reading, out bool value) => value = true;

    public override YamlNode Write(object value, string folder) => throw new NotSupportedException();

    public override JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (var (path, _) in ExperimentMatrix.Keys)
        {
            var place = string.Join("/properties/", path.Split('.'));
            properties[path] = new JsonObject
            {
                ["type"] = "array",
                ["minItems"] = 1,
                ["items"] = path.Count(c => c == '.') > 1 ? new JsonObject() : new JsonObject { ["$ref"] = $"#/properties/{place}" },
            };
        }

        return new JsonObject { ["type"] = new JsonArray("object", "null"), ["additionalProperties"] = false, ["properties"] = properties };
    }
}
