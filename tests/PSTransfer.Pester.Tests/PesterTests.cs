using Xunit.Sdk;
using Xunit.v3;

[assembly: Parallelization(Mode = ParallelMode.None)]

namespace PSTransfer.Pester.Tests;

/// <summary>Every It of tests/Pester as a test of its own.</summary>
public sealed class PesterTests : IClassFixture<PesterTests.Outcomes>
{
    private const string Ending = ".Tests.ps1";

    /// <summary>The row of a file whose tests can't be found.</summary>
    private const int Discovery = -1;

    /// <summary>The folder tests/Pester, unless PSTRANSFER_TESTS names another from the clone's root on.</summary>
    private static readonly string Files = Path.Combine(
        Repository.Root, Environment.GetEnvironmentVariable("PSTRANSFER_TESTS") ?? Path.Combine("tests", "Pester"), $"*{Ending}");

    private readonly Outcomes _outcomes;

    public PesterTests(Outcomes outcomes) => _outcomes = outcomes;

    public static IEnumerable<TheoryDataRow<string, int>> Rows()
    {
        using var discovery = new PesterRun(Files, discoverOnly: true);
        foreach (var path in Directory.GetFiles(Path.GetDirectoryName(Files)!, $"*{Ending}").Order(StringComparer.OrdinalIgnoreCase))
        {
            var name = Path.GetFileName(path);
            var file = discovery.Wait(name);
            if (file.Fault.Length > 0 || file.Tests.Count == 0)
            {
                yield return new(name, Discovery) { TestDisplayName = $"{name[..^Ending.Length]} › discovery", Label = "" };
            }

            for (var i = 0; i < file.Tests.Count; i++)
            {
                yield return new(name, i) { TestDisplayName = $"{name[..^Ending.Length]} › {file.Tests[i].Title}", Label = "" };
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void It(string fileName, int index)
    {
        var file = _outcomes.Run.Value.Wait(fileName);
        Assert.True(file.Fault.Length == 0, file.Fault);
        Assert.True(index >= 0 && index < file.Tests.Count, $"{fileName} has {file.Tests.Count} tests.");
        var (_, result, message) = file.Tests[index];
        Assert.SkipWhen(result == "Skipped", message);
        Assert.True(result == "Passed", $"{result}: {message}");
    }

    /// <summary>The run of all files, begun by the first test that asks for it.</summary>
    public sealed class Outcomes : IDisposable
    {
        internal Lazy<PesterRun> Run { get; } = new(() => new PesterRun(Files));

        public void Dispose()
        {
            if (Run.IsValueCreated)
            {
                Run.Value.Dispose();
            }
        }
    }
}
