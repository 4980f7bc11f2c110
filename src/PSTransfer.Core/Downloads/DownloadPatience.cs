namespace PSTransfer.Core.Downloads;

/// <summary>How long a download waits, and by which clock.</summary>
internal sealed record DownloadPatience
{
    /// <summary>The longest time for which a server may send nothing. Default: one minute.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The waits before the second, third and later attempts. After the last wait there is one last attempt.</summary>
    public IReadOnlyList<TimeSpan> Waits { get; init; } =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8)];

    /// <summary>The wait between two looks at a file that another process is downloading. Default: one second.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The number of looks before the other process is given up. Default: 120.</summary>
    public int Looks { get; init; } = 120;

    /// <summary>The time between two reports of progress. Default: a tenth of a second.</summary>
    public TimeSpan Report { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The clock that ends stalls and times reports.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Waits for a time; a cancelled token ends the wait at once with an OperationCanceledException.</summary>
    public Action<TimeSpan, CancellationToken> Wait { get; init; } = (time, token) =>
    {
        token.WaitHandle.WaitOne(time);
        token.ThrowIfCancellationRequested();
    };
}
