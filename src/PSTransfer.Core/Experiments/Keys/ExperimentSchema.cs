using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PSTransfer.Core.Experiments.Keys;

/// <summary>The keys of experiments as JSON Schema, with which editors complete and check files.</summary>
internal static class ExperimentSchema
{
    private static readonly JsonSerializerOptions _options = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The text of schema/experiment.schema.json.</summary>
    public static string Text()
    {
        var schema = ExperimentKeys.Root.Schema();
        schema.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        schema.Insert(1, "title", "PSTransfer experiment");
        return schema.ToJsonString(_options).ReplaceLineEndings("\n") + "\n";
    }
}
