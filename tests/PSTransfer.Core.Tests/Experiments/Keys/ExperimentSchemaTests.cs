using System.Text.Json.Nodes;
using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Tests.Experiments.Keys;

public sealed class ExperimentSchemaTests : IDisposable
{
    private const string Valid = """
        data: { path: images }
        backbone: { name: resnet20 }
        head: { classCount: 2 }

        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train:\nfreeze: { mode: None }\nevaluate:\nmatrix:")]
    [InlineData("freeze:\nmatrix: { freeze.mode: [Legacy, inference] }")]
    [InlineData(
        "train: { optimizer: adam, schedule: COSINE, loss: auto, classWeight: auto, featureCache: off, augmentation: [flip, "
        + "'Rotation:15'] }")]
    [InlineData(
        "train: { classWeight: { cat: 2 }, layerRate: { 'head.*': 10 }, augmentation: Light, stages: [{ mode: none, epochs: 2 }, { "
        + "epochs: 1 }] }")]
    [InlineData("freeze: { framework: keras3, layer: 'layer4*' }\nevaluate: { learningPhase: true, phase: training }")]
    [InlineData("evaluate: { learningPhase: { shuffles: 1, tolerance: 0 } }\nname: 2024\noutput: 2024")]
    [InlineData(
        "matrix: { backbone.name: [resnet18, RESNET-50], train.learningRate: [1, 0.1], data.validation: [same, { path: x }], "
        + "train.optimizer: [sgd] }")]
    [InlineData("data: { table: labels.csv, path: file, label: kind, basePath: photos }")]
    [InlineData("data: { table: labels.csv, validation: { table: others.csv } }")]
    public void AnEditorTakesWhatTheReaderTakes(string text)
    {
        var (errors, isTaken) = Judge(text);
        Assert.Empty(errors);
        Assert.True(isTaken);
    }

    [Theory]
    [InlineData("train: { epochs: 0 }")]
    [InlineData("train: { epochs: 1.5 }")]
    [InlineData("train: { optimizer: adamm }")]
    [InlineData("train: { featureCache: false }")]
    [InlineData("train: { classWeight: automatic }")]
    [InlineData("train: { classWeight: { cat: 0 } }")]
    [InlineData("train: { stages: [{ epochs: 0 }] }")]
    [InlineData("freeze: { framework: keras }")]
    [InlineData("evaluate: { learningPhase: }")]
    [InlineData("evaluate: { save: true }")]
    [InlineData("data:")]
    [InlineData("data: { label: kind }")]
    [InlineData("matrix: { train.epochs: [1, 0] }")]
    [InlineData("matrix: { train.seed: 1 }")]
    public void AnEditorRefusesWithTheReader(string text)
    {
        var (errors, isTaken) = Judge(text);
        Assert.NotEmpty(errors);
        Assert.False(isTaken);
    }

    [Fact]
    public void AnEditorTakesTheTemplateAndTheExample()
    {
        foreach (var text in new[]
        {
            ExperimentTemplate.Text(null), File.ReadAllText(Path.Combine(Repository.Root, "examples/experiment.yml"))
        })
        {
            Assert.True(new SchemaCheck(ExperimentKeys.Root.Schema()).Takes(YamlReader.Read("x.yml", text, new(), isFile: true)!));
        }
    }

    /// <summary>No range of the schema is narrower than the options' own, nor one that they don't have.</summary>
    [Fact]
    public void RangesAreThoseOfTheOptions()
    {
        var found = 0;
        foreach (var (path, key) in ExperimentKeys.All.Where(one =>
            !one.Path.StartsWith("data.validation", StringComparison.Ordinal) && one.Key.Keys.Count == 0))
        {
            var schema = key.Schema();
            schema = schema["anyOf"]?[0] as JsonObject ?? schema;
            var near = schema["type"]?.ToString() == "integer" ? 1 : 1e-9;
            foreach (var (keyword, outside, inside) in new (string, double, double)[]
            {
                ("minimum", -near, 0), ("exclusiveMinimum", 0, near), ("exclusiveMaximum", 0, -near)
            })
            {
                if (schema[keyword] is { } limit)
                {
                    found++;
                    Assert.True(Errors(path, (double)limit + outside).Any(IsRange), $"{path}: {keyword} {limit} isn't the options'.");
                    Assert.False(
                        Errors(path, (double)limit + inside).Any(IsRange), $"{path}: {keyword} {limit} is more than the options'.");
                }
            }
        }

        Assert.True(found > 30);

        static bool IsRange(ExperimentError error) =>
            error.Message.Contains("must be", StringComparison.Ordinal)
                || error.Message.Contains("each from 1", StringComparison.Ordinal)
                || error.Message.Contains("is the share", StringComparison.Ordinal);

        IEnumerable<ExperimentError> Errors(string path, double value)
        {
            var text = value.ToString("0.##########", CultureInfo.InvariantCulture);
            var isStage = path.StartsWith("train.stages.", StringComparison.Ordinal);
            var set = isStage ? $"train.stages=[{{ {path["train.stages.".Length..]}: {text} }}]" : $"{path}={text}";
            return Experiment.Load(Write(Valid + "freeze: { mode: None }"), [set]).Errors.Where(error =>
                error.Key == (isStage ? path.Replace("stages.", "stages[1].", StringComparison.Ordinal) : path));
        }
    }
    /// <summary>With PSTRANSFER_WRITE_SCHEMA set the file is written rather than compared.</summary>
    [Fact]
    public void TheCommittedSchemaIsTheTables()
    {
        var path = Path.Combine(Repository.Root, "schema/experiment.schema.json");
        if (Environment.GetEnvironmentVariable("PSTRANSFER_WRITE_SCHEMA") is { Length: > 0 })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, ExperimentSchema.Text());
        }

        Assert.Equal(ExperimentSchema.Text(), File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void EveryKeyIsDescribed() =>
        Assert.All(
            ExperimentKeys.All,
            one => Assert.EndsWith(".", one.Key.Help.Replace("].", ".", StringComparison.Ordinal), StringComparison.Ordinal));

    [Fact]
    public void NamesAreCamelCase() => Assert.All(ExperimentKeys.All, one => Assert.True(char.IsAsciiLetterLower(one.Key.Name[0])));

    /// <summary>What the reader and the schema find in a file, a section of which may stand in the place of the valid one's.</summary>
    private (IReadOnlyList<ExperimentError> Errors, bool IsTaken) Judge(string text)
    {
        var lines = Valid.Split('\n')
            .Where(line =>
                line.Length == 0 || !text.StartsWith(line[..(line.IndexOf(':', StringComparison.Ordinal) + 1)], StringComparison.Ordinal));
        var path = Write(string.Join('\n', lines) + text);
        return (Experiment.Load(path, []).Errors, new SchemaCheck(ExperimentKeys.Root.Schema()).Takes(YamlReader.ReadFile(path, new())!));
    }

    private string Write(string text)
    {
        File.WriteAllText(_folder.File("x.yml"), text);
        return _folder.File("x.yml");
    }
}
