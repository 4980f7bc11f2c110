using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights.Published;

/// <summary>A folder of publishers' files under the publishers' names, each checked before every use, whoever put it there.</summary>
public sealed class WeightCache
{
    private readonly DownloadPatience _patience;
    private readonly string? _mirror;

    /// <summary>A cache in a folder, which is made when first needed; from the mirror that PSTRANSFER_MIRROR names, if it does.</summary>
    public WeightCache(string folder)
        : this(folder, Environment.GetEnvironmentVariable(Mirror.Variable), new DownloadPatience())
    {
    }

    internal WeightCache(string folder, string? mirror, DownloadPatience patience) => (Folder, _mirror, _patience) = (folder, mirror, patience);

    /// <summary>Where the files are.</summary>
    public string Folder { get; }

    /// <summary>The user's cache.</summary>
    /// <exception cref="PSTransferException">There is no folder for it.</exception>
    public static WeightCache OfUser() => new(CacheFolder.Find());

    /// <summary>Where a file is, or belongs.</summary>
    public string PathOf(PublishedWeights weights) => Path.Combine(Folder, weights.FileName);

    /// <summary>The path of a file, downloaded unless it is there. No network is touched when it is.</summary>
    /// <param name="weights">Which.</param>
    /// <param name="progress">Told, on the calling thread and at most ten times a second, how many bytes are here and how many it will be; null for nobody.</param>
    /// <param name="token">Stops it; what has come is kept and resumed next time.</param>
    /// <param name="force">Downloads even if it is there; the old file stays until the new one is whole and right.</param>
    /// <exception cref="PSTransferException">
    /// InvalidData: what is there, or what came, isn't what was published. NotAvailable: it can't be had. WriteFailed: there is no writing
    /// there. The message names the address, what is expected, and where the file may be put by hand.
    /// </exception>
    public string Fetch(PublishedWeights weights, Action<long, long?>? progress, CancellationToken token, bool force = false)
    {
        var path = PathOf(weights);
        var address = Mirror.Apply(weights.Address, _mirror);
        if (!force && IsThere(weights, path, address, token))
        {
            return path;
        }

        using var part = WaitFor(weights, path, address, progress, token);
        if (force || !IsThere(weights, path, address, token)) // another process may have brought it meanwhile
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
                throw new PublishedFault(weights, path, address).Unavailable($"another process is fetching it and has not got any further for long (it holds {PartFile.PartOf(path)}); end that process");
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
