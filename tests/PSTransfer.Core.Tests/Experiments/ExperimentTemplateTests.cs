using PSTransfer.Core.Experiments.Keys;

namespace PSTransfer.Core.Tests.Experiments;

public sealed partial class ExperimentTemplateTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ItIsValidAsItIs()
    {
        ExperimentTemplate.Write(_folder.File("new.yml"), schema: null, overwrite: false);
        Assert.Empty(Experiment.Load(_folder.File("new.yml"), []).Errors);
    }

    [Fact]
    public void ItHasEveryKeyAndAValueForEach()
    {
        var text = ExperimentTemplate.Text(schema: null);
        foreach (var key in ExperimentKeys.Root.Keys.SelectMany(key => key.Keys.Count == 0 ? [key] : key.Keys))
        {
            Assert.Matches($@"(?m)^ *(# )?{key.Name}: \S", text);
        }
    }

    [Fact]
    public void WhatIsCommentedOutIsValidToo()
    {
        // What says the same thing twice, or needs another key, stays out.
        var text = OneLine().Replace(ExperimentTemplate.Text(schema: null), "$1$2$3");
        text = Regex.Replace(text, "(?m)^  (split|validation|framework|first|decayEpochs|decayFactor|seed):.*\n", string.Empty);
        text = text
            .Replace("data:\n", "data:\n  validation: same\n", StringComparison.Ordinal)
            .Replace("first: false", "first: true", StringComparison.Ordinal);
        File.WriteAllText(_folder.File("all.yml"), text);

        var experiment = Experiment.Load(_folder.File("all.yml"), []);

        Assert.Empty(experiment.Errors);
        Assert.Equal(6, experiment.Runs.Count);
    }

    [Fact]
    public void TheFirstLineNamesTheSchemaFromItsOwnFolder()
    {
        ExperimentTemplate.Write(_folder.File("new.yml"), _folder.File("schema/x.json"), overwrite: false);
        Assert.Equal("# yaml-language-server: $schema=schema/x.json", File.ReadLines(_folder.File("new.yml")).First());
        Assert.Equal(
            FaultKind.AlreadyExists,
            Assert.Throws<PSTransferException>(() => ExperimentTemplate.Write(_folder.File("new.yml"), null, overwrite: false)).Kind);
    }

    [GeneratedRegex(@"(?m)^( *)# ([a-z]\w+:)( .*)$")]
    private static partial Regex OneLine();
}
