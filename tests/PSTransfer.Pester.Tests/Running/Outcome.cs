namespace PSTransfer.Pester.Tests.Running;

/// <summary>How a test ended.</summary>
public enum Outcome
{
    /// <summary>It was never reached, which is a failure: a "break" in a test can end the whole run.</summary>
    NotRun,

    Passed,

    Failed,

    Skipped,
}
