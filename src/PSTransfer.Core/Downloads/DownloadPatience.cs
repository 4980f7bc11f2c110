namespace PSTransfer.Core.Downloads;

/// <summary>How long a download waits, for what, and by which clock.</summary>
internal sealed record DownloadPatience
{
    /// <summary>The longest that a server may send nothing. Default: one minute.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The waits before the second, third... attempt; the attempts end with them.</summary>
    public IReadOnlyList<TimeSpan> Waits { get; init; } =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8)];

    /// <summary>Lets another process that fetches the same file go on: between looks at it. Default: one second.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Looks in vain before that process is given up.</summary>
    public int Looks { get; init; } = 120;

    /// <summary>Between two reports of progress. Default: a tenth of a second.</summary>
    public TimeSpan Report { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Ends stalls and times reports.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Waits, or throws OperationCanceledException at once when it is to stop.</summary>
    public Action<TimeSpan, CancellationToken> Wait { get; init; } = (time, token) =>
    {
        token.WaitHandle.WaitOne(time);
        token.ThrowIfCancellationRequested();
    };
}
