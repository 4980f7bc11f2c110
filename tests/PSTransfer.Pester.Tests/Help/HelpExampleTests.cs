using Xunit;

namespace PSTransfer.Pester.Tests.Help;

/// <summary>Each example of the help runs as it is printed, in a folder of its own, without an error.</summary>
public sealed class HelpExampleTests
{
    private const int TimeoutMilliseconds = 60_000;

    public static TheoryData<string, int> Examples
    {
        get
        {
            var rows = new TheoryData<string, int>();
            foreach (var cmdlet in HelpFile.Topics.Keys)
            {
                for (var number = 1; number <= HelpFile.Examples(cmdlet).Count; number++)
                {
                    rows.Add(cmdlet, number);
                }
            }

            return rows;
        }
    }

    [Theory(Timeout = TimeoutMilliseconds)]
    [MemberData(nameof(Examples))]
    public async Task Example_runs_without_an_error(string cmdlet, int number)
    {
        var code = HelpFile.Examples(cmdlet)[number - 1];
        Assert.Contains(cmdlet, code, StringComparison.Ordinal);

        // Off the test's thread, or its time limit couldn't act.
        await Task.Run(() => Run(code), TestContext.Current.CancellationToken);
    }

    private static void Run(string code)
    {
        using var folder = new ExampleFolder();
        using var session = new ModuleSession { Folder = folder.Path };

        var (_, errors) = session.Run(code);

        Assert.Empty(errors);
    }
}
