namespace PSTransfer.Core.Downloads;

/// <summary>Describes a file before it is downloaded.</summary>
internal interface IPublishedFile
{
    /// <summary>The smallest possible length in bytes.</summary>
    long LeastLength { get; }

    /// <summary>The largest possible length in bytes.</summary>
    long MostLength { get; }

    /// <summary>
    /// Whether the file's full hash is known. Parts can then be put together even without entity tags, since the hash tells whether they
    /// fit.
    /// </summary>
    bool IsPinned { get; }

    /// <summary>Says what is wrong with a file that should be this one; null if nothing is.</summary>
    /// <param name="content">The whole file, seekable.</param>
    /// <param name="token">Stops the check.</param>
    string? FindFault(Stream content, CancellationToken token);
}

/// <summary>Makes the two errors that a download can end in, in the words of the code that needs the file.</summary>
internal interface IDownloadFault
{
    /// <summary>The error for a file that can't be obtained.</summary>
    PSTransferException Unavailable(string reason, Exception? inner = null);

    /// <summary>The error for a downloaded file that isn't the expected one.</summary>
    PSTransferException Refused(string reason);
}
