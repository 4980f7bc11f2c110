using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Tests.Experiments;

/// <summary>Judges a document by a JSON Schema, as an editor does: the few keywords that the experiments' schema has.</summary>
internal sealed class SchemaCheck(JsonObject root)
{
    public bool Takes(YamlNode document) => Takes(root, Json(document));

    private bool Takes(JsonObject schema, JsonNode? value) => schema.All(rule => rule.Key switch
    {
        "$ref" => Takes(Target((string)rule.Value!), value),
        "type" => rule.Value is JsonArray types ? types.Any(type => Is((string)type!, value)) : Is((string)rule.Value!, value),
        "enum" => rule.Value!.AsArray().Any(one => JsonNode.DeepEquals(one, value)),
        "pattern" =>
            value is not JsonValue text || !text.TryGetValue<string>(out var letters) || Regex.IsMatch(letters, (string)rule.Value!),
        "anyOf" => rule.Value!.AsArray().Any(one => Takes(one!.AsObject(), value)),
        "minimum" => Number(value) is not { } number || number >= (double)rule.Value!,
        "exclusiveMinimum" => Number(value) is not { } number || number > (double)rule.Value!,
        "exclusiveMaximum" => Number(value) is not { } number || number < (double)rule.Value!,
        "properties" => value is not JsonObject map || map.All(one => rule.Value![one.Key] is not JsonObject own || Takes(own, one.Value)),
        "additionalProperties" =>
            value is not JsonObject map
                || map
                    .Where(one => schema["properties"]?[one.Key] is null)
                    .All(one => rule.Value is JsonObject other && Takes(other, one.Value)),
        "required" => value is not JsonObject map || rule.Value!.AsArray().All(name => map.ContainsKey((string)name!)),
        "if" => Takes(rule.Value!.AsObject(), value) || schema["else"] is not JsonObject otherwise || Takes(otherwise, value),
        "minProperties" => value is not JsonObject map || map.Count >= (int)rule.Value!,
        "items" => value is not JsonArray list || list.All(item => Takes(rule.Value!.AsObject(), item)),
        "minItems" => value is not JsonArray list || list.Count >= (int)rule.Value!,
        "else" or "$schema" or "title" or "description" or "default" or "examples" => true,
        _ => throw new NotSupportedException(rule.Key),
    });

    private JsonObject Target(string reference) =>
        reference.Split('/').Skip(1).Aggregate<string, JsonNode>(root, (node, name) => node[name]!).AsObject();

    private static bool Is(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "integer" => Number(value) is { } number && number == Math.Floor(number),
        "number" => Number(value) is not null,
        "boolean" => value is JsonValue one && one.TryGetValue<bool>(out _),
        _ => value is JsonValue one && one.TryGetValue<string>(out _),
    };

    private static double? Number(JsonNode? value) => value is JsonValue one && one.TryGetValue<double>(out var number) ? number : null;

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Json(entry.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(Json)]),
        YamlScalar { IsNull: true } => null,
        YamlScalar { Number: { } number } => number,
        YamlScalar { Switch: { } value } => value,
        YamlScalar scalar => scalar.Text,
        _ => throw new NotSupportedException(),
    };
}
