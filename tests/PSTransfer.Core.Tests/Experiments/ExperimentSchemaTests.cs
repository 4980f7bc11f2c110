using System.Runtime.CompilerServices;
using PSTransfer.Core.Experiments;
using Xunit;

namespace PSTransfer.Core.Tests.Experiments;

public sealed class ExperimentSchemaTests
{
    /// <summary>With PSTRANSFER_WRITE_SCHEMA set the file is written rather than compared.</summary>
    [Fact]
    public void TheCommittedSchemaIsTheTables()
    {
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../schema/experiment.schema.json"));
        if (Environment.GetEnvironmentVariable("PSTRANSFER_WRITE_SCHEMA") is { Length: > 0 })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, ExperimentSchema.Text());
        }

        Assert.Equal(ExperimentSchema.Text(), File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void EveryKeyIsDescribed() => Assert.All(ExperimentKeys.All, one => Assert.EndsWith(".", one.Key.Help.Replace("].", ".", StringComparison.Ordinal), StringComparison.Ordinal));

    [Fact]
    public void NamesAreCamelCase() => Assert.All(ExperimentKeys.All, one => Assert.True(char.IsAsciiLetterLower(one.Key.Name[0])));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
