using PSTransfer.Core.Files;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>The place where a run keeps features.</summary>
/// <param name="Folder">The full path of a folder of files that later runs may use. Null for memory, with a temporary file for features
/// that don't fit there.</param>
internal sealed record FeatureCachePlan(string? Folder)
{
    /// <summary>How many bytes may be kept in memory for each set. Default: 1 GiB.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>The folder for temporary files.</summary>
    public string TemporaryFolder { get; init; } = Path.GetTempPath();

    /// <summary>Finds how many bytes are free on a folder's disk.</summary>
    public Func<string, long> FreeDiskBytes { get; init; } = FreeSpace.Of;

    /// <summary>Reads the value of -FeatureCache; null for no cache.</summary>
    public static FeatureCachePlan? Parse(string option) => option.ToUpperInvariant() switch
    {
        "OFF" => null,
        "AUTO" => new FeatureCachePlan(Folder: null),
        _ => new FeatureCachePlan(option),
    };

    /// <summary>
    /// Refuses a folder that can't hold features, before anything is computed. A read-only folder is accepted if it already holds features:
    /// they may be the ones this run needs.
    /// </summary>
    /// <exception cref="PSTransferException">WriteFailed: the folder can't hold features.</exception>
    public void RequireFolder()
    {
        try
        {
            if (Folder is not null)
            {
                AtomicFile.RequireWritableFolder(Folder);
            }
        }
        catch (PSTransferException fault)
        {
            if (!Directory.Exists(Folder) || !Directory.EnumerateFiles(Folder, "*.features", new EnumerationOptions()).Any())
            {
                throw PSTransferException.About(
                    "FeatureCache",
                    $"{fault.Message} Auto needs no folder, Off does without features.",
                    fault.Kind,
                    inner: fault,
                    joint: ": ");
            }
        }
    }

    /// <summary>Refuses a temporary file that would take more than half of the free space.</summary>
    /// <exception cref="PSTransferException">WriteFailed: there isn't enough room.</exception>
    public void RequireRoom(long bytes)
    {
        if (!Directory.Exists(TemporaryFolder))
        {
            throw Fault("the folder of temporary files doesn't exist; create it (TMPDIR names it, on Windows TEMP)");
        }

        long free;
        try
        {
            free = FreeDiskBytes(TemporaryFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(TemporaryFolder, e);
        }

        if (bytes > free / 2)
        {
            throw Fault(
                $"{bytes / 1048576.0:0.0} MiB are needed there, and of the {free / 1048576.0:0.0} MiB "
                + "that are free only half is taken");
        }

        PSTransferException Fault(string what) => new(FaultKind.WriteFailed, $"{TemporaryFolder}: {what}.", TemporaryFolder);
    }
}
