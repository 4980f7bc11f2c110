using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>A section that may also be true, which means its defaults, or false, which means no such section.</summary>
internal sealed class SwitchedKind<T>(Section<T> section) : ValueKind<T?>
    where T : class
{
    public override IReadOnlyList<IKey> Keys => section.Keys;

    private string Names => string.Join(", ", Keys.Select(own => own.Name));

    public override bool TryRead(YamlNode node, string key, Reading reading, out T? value)
    {
        switch (node)
        {
            case YamlMap map:
                return section.TryRead(map, key, reading, out value!);
            case YamlScalar { Switch: true }:
                return section.TryRead(new YamlMap([], node.Place), key, reading, out value!);
            case YamlScalar { Switch: false }:
                value = null;
                return true;
            default:
                return Refuse(node, key, reading, $"true, false, or a map with {Names}", out value);
        }
    }

    public override YamlNode Write(object value, string folder) => section.Write(value, folder);

    public override JsonObject Schema()
    {
        // A section without keys is refused, because it could mean on or off.
        var keys = section.Schema();
        keys["type"] = "object";
        return new JsonObject { ["anyOf"] = new JsonArray(Kinds.Switch.Schema(), keys) };
    }
}
