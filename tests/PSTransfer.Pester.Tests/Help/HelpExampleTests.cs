namespace PSTransfer.Pester.Tests.Help;

/// <summary>Each example of the help runs as it is printed, in a folder of its own, without an error.</summary>
public sealed class HelpExampleTests
{
    private const int TimeoutMilliseconds = 60_000;

    public static IEnumerable<TheoryDataRow<string, int>> Examples() =>
        from cmdlet in HelpFile.Topics.Keys
        from number in Enumerable.Range(1, HelpFile.Examples(cmdlet).Count)
        select new TheoryDataRow<string, int>(cmdlet, number) { TestDisplayName = $"Help \u203a {cmdlet}, example {number}", Label = "" };

    [Theory(Timeout = TimeoutMilliseconds)]
    [MemberData(nameof(Examples))]
    public async Task Example_runs_without_an_error(string cmdlet, int number)
    {
        var code = HelpFile.Examples(cmdlet)[number - 1];
        Assert.Contains(cmdlet, code, StringComparison.Ordinal);
        using var folder = new ExampleFolder();
        using var session = new ModuleSession { Folder = folder.Path };
        var token = TestContext.Current.CancellationToken;

        // Off the test's thread, or its time limit couldn't act.
        var errors = await Task.Run(() => session.Try(code, token), token);

        Assert.Empty(errors);
    }
}
