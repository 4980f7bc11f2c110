using System.Management.Automation;
using System.Text.RegularExpressions;

namespace PSTransfer.Pester.Tests.Running;

/// <summary>An It (one per row of its -ForEach) and how it ended.</summary>
public sealed partial class PesterTest(Block block, string name, ScriptBlock body)
{
    public Block Block { get; } = block;

    public string Name { get; } = name;

    public ScriptBlock Body { get; } = body;

    /// <summary>The line of the It in its file.</summary>
    public int Line { get; set; }

    /// <summary>Whether it has a row of -ForEach, which may be null.</summary>
    public bool HasData { get; set; }

    public object? Data { get; set; }

    public bool Skip { get; set; }

    public IReadOnlyList<string> Tags { get; set; } = [];

    public Outcome Outcome { get; private set; } = Outcome.NotRun;

    /// <summary>What was expected and found, or why it was skipped.</summary>
    public string Message { get; private set; } = "The test was never reached: another test ended the run of its file.";

    /// <summary>The line where it failed.</summary>
    public int FailedLine { get; private set; }

    public string File => Body.File;

    /// <summary>The names of the blocks around it and its own, templates filled in.</summary>
    public string Title => string.Join(
        " › ",
        Block.Path.Skip(1).Select(b => TitleTemplate.Expand(b.Name, b.Path.Reverse().Select(p => p.Data)))
            .Append(TitleTemplate.Expand(Name, Block.Path.Reverse().Select(p => p.Data).Prepend(Data))));

    /// <summary>Why -Skip, on the test or a block around it, keeps it from running, or null if it runs. The tags are the reason given.</summary>
    public string? SkipReason => Skip || Block.Path.Any(b => b.Skip)
        ? $"-Skip {string.Join(", ", Block.Path.SelectMany(b => b.Tags).Concat(Tags))}".Trim()
        : null;

    public IEnumerable<ScriptBlock> BeforeEach => Block.Path.SelectMany(b => b.BeforeEach);

    public IEnumerable<ScriptBlock> AfterEach => Block.Path.Reverse().SelectMany(b => b.AfterEach);

    public void Pass() => Outcome = Outcome.Passed;

    public void MarkSkipped(string reason)
    {
        Outcome = Outcome.Skipped;
        Message = reason;
    }

    /// <summary>Records a failure; a later one (of an AfterEach) is added to the first.</summary>
    public void Fail(ErrorRecord error, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(error);
        var isAssertion = error.FullyQualifiedErrorId.StartsWith("PesterAssertionFailed", StringComparison.Ordinal);
        var message = prefix + (isAssertion ? error.Exception.Message : $"{error.Exception.GetType().Name}: {error.Exception.Message}\n{error.ScriptStackTrace}");
        var frame = Frames().Matches(error.ScriptStackTrace ?? "").FirstOrDefault(f => f.Groups["file"].Value == File);
        FailedLine = Outcome == Outcome.Failed ? FailedLine : frame is null ? Line : int.Parse(frame.Groups["line"].Value, null);
        Message = Outcome == Outcome.Failed ? Message + Environment.NewLine + message : message;
        Outcome = Outcome.Failed;
    }

    [GeneratedRegex(@", (?<file>[^\n]*): [^\n]*?(?<line>\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex Frames();
}
