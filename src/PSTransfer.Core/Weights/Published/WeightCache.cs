using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.Published;

/// <summary>
/// A folder of publishers' files under the publishers' names. Each file is checked before every use, since anyone may have put it there.
/// </summary>
public sealed class WeightCache
{
    private readonly DownloadPatience _patience;
    private readonly string? _mirror;

    /// <summary>
    /// Creates a cache in a folder, which is created when first needed. Downloads come from the mirror in PSTRANSFER_MIRROR, if it is set.
    /// </summary>
    public WeightCache(string folder)
        : this(folder, Environment.GetEnvironmentVariable(Mirror.Variable), new DownloadPatience())
    {
    }

    internal WeightCache(string folder, string? mirror, DownloadPatience patience) =>
        (Folder, _mirror, _patience) = (folder, mirror, patience);

    /// <summary>The folder that holds the files.</summary>
    public string Folder { get; }

    /// <summary>Returns the user's cache.</summary>
    /// <exception cref="PSTransferException">There is no folder for caches.</exception>
    public static WeightCache OfUser() => new(CacheFolder.Find());

    /// <summary>The path at which a file is, or will be.</summary>
    public string PathOf(PublishedWeights weights) => Path.Combine(Folder, weights.FileName);

    /// <summary>Returns the path of a file. A file that isn't there is downloaded; otherwise no network is used.</summary>
    /// <param name="weights">The file to fetch.</param>
    /// <param name="progress">Receives the bytes that have arrived and the total, on the calling thread and at most ten times a second; may
    /// be null.</param>
    /// <param name="token">Stops the download; the part that arrived is kept and resumed next time.</param>
    /// <param name="force">Downloads even an existing file, which stays until the new one is complete and correct.</param>
    /// <exception cref="PSTransferException">
    /// InvalidData: the existing or the downloaded file isn't the published one. NotAvailable: the file can't be downloaded. WriteFailed:
    /// the folder can't be written to. The message names the address, what is expected, and where to put the file by hand.
    public string Fetch(PublishedWeights weights, Action<long, long?>? progress, CancellationToken token, bool force = false)
    {
        var path = PathOf(weights);
        var address = Mirror.Apply(weights.Address, _mirror);
        if (!force && IsThere(weights, path, address, token))
        {
            return path;
        }

        using var part = WaitFor(weights, path, address, progress, token);
        if (force || !IsThere(weights, path, address, token)) // another process may have downloaded it meanwhile
        {
            new FileDownload(weights, new PublishedFault(weights, path, address), address, part, _patience).Run(progress, token);
            part.Complete();
        }

        return path;
    }

    private static bool IsThere(PublishedWeights weights, string path, Uri address, CancellationToken token)
    {
        if (Directory.Exists(path))
        {
            throw new PublishedFault(weights, path, address).Wrong("it is a folder");
        }

        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var content = RegularFile.OpenStream(path);
            return weights.FindFault(content, token) is { } fault ? throw new PublishedFault(weights, path, address).Wrong(fault) : true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PublishedFault(weights, path, address).Wrong($"it can't be read ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    private PartFile WaitFor(PublishedWeights weights, string path, Uri address, Action<long, long?>? progress, CancellationToken token)
    {
        long seen = -1;
        for (var looks = 0; ; looks++)
        {
            token.ThrowIfCancellationRequested();
            if (PartFile.TryOpen(path) is { } part)
            {
                return part;
            }

            if (looks >= _patience.Looks)
            {
                throw new PublishedFault(weights, path, address).Unavailable(
                    "another process is downloading it and has made no progress for a long time "
                    + $"(it holds {PartFile.PartOf(path)}); end that process");
            }

            if (new FileInfo(PartFile.PartOf(path)) is { Exists: true, Length: var length } && length != seen)
            {
                seen = length;
                looks = 0;
                progress?.Invoke(length, null);
            }

            _patience.Wait(_patience.Look, token);
        }
    }
}
