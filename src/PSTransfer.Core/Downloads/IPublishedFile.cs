namespace PSTransfer.Core.Downloads;

/// <summary>What is known of a file before it is downloaded.</summary>
internal interface IPublishedFile
{
    /// <summary>The fewest bytes that it can have.</summary>
    long LeastLength { get; }

    /// <summary>The most bytes that it can have.</summary>
    long MostLength { get; }

    /// <summary>
    /// Whether its whole hash is known. Parts from a server without entity tags can be put together then, since the hash tells if they fit.
    /// </summary>
    bool IsPinned { get; }

    /// <summary>What is wrong with a file that should be this one; null for nothing.</summary>
    /// <param name="content">The whole file, seekable.</param>
    /// <param name="token">Stops it.</param>
    string? FindFault(Stream content, CancellationToken token);
}

/// <summary>The two errors in which a download can end, in the words of whoever needs the file.</summary>
internal interface IDownloadFault
{
    /// <summary>The file can't be had.</summary>
    PSTransferException Unavailable(string reason, Exception? inner = null);

    /// <summary>What came is another file.</summary>
    PSTransferException Refused(string reason);
}
