using PSTransfer.Pester.Tests.Running;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: Parallelization(Mode = ParallelMode.None)]

namespace PSTransfer.Pester.Tests;

/// <summary>Every It of tests/Pester as a test of its own.</summary>
public sealed class PesterTests
{
    /// <summary>The row of a file whose tests can't be found.</summary>
    private const int Discovery = -1;

    private static readonly Lazy<IReadOnlyDictionary<string, PesterFile>> Files = new(() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Pester"), "*.Tests.ps1")
            .ToDictionary(p => Path.GetFileName(p), p => PesterFile.Discover(p, Repository.Module)));

    public static IEnumerable<TheoryDataRow<string, int>> Rows()
    {
        foreach (var (name, file) in Files.Value.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            var title = name[..^".Tests.ps1".Length];
            if (file.Fault is not null)
            {
                yield return new(name, Discovery) { TestDisplayName = $"{title} › discovery", Label = "" };
            }

            for (var i = 0; i < file.Tests.Count; i++)
            {
                yield return new(name, i) { TestDisplayName = $"{title} › {file.Tests[i].Title}", Label = "" };
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void It(string fileName, int index)
    {
        var file = Files.Value[fileName];
        file.Run();
        if (file.Fault is not null)
        {
            throw new PesterFailedException(file.Fault, file.Path, 1);
        }

        var test = file.Tests[index];
        Assert.SkipWhen(test.Outcome == Outcome.Skipped, test.Message);
        if (test.Outcome != Outcome.Passed)
        {
            throw new PesterFailedException(test.Message, test.File, test.FailedLine);
        }
    }
}
