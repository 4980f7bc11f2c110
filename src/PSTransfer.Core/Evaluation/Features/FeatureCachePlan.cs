using PSTransfer.Core.Files;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>Where a run keeps features.</summary>
/// <param name="Folder">The full path of a folder of files that later runs may use; null for memory, and a temporary file for what doesn't fit there.</param>
internal sealed record FeatureCachePlan(string? Folder)
{
    /// <summary>How much may be kept in memory, for each set. Default: 1 GiB.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Where temporary files go.</summary>
    public string TemporaryFolder { get; init; } = Path.GetTempPath();

    /// <summary>What is free on the disk of a folder.</summary>
    public Func<string, long> FreeDiskBytes { get; init; } = FreeSpace.Of;

    /// <summary>The plan that -FeatureCache asks for; null for no cache.</summary>
    public static FeatureCachePlan? Parse(string option) => option.ToUpperInvariant() switch
    {
        "OFF" => null,
        "AUTO" => new FeatureCachePlan(Folder: null),
        _ => new FeatureCachePlan(option),
    };

    /// <summary>Refuses a folder that can't hold features, so that nothing is computed in vain. One that can't be written but has some may have those of this run.</summary>
    /// <exception cref="PSTransferException">WriteFailed.</exception>
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
                throw new PSTransferException(fault.Kind, $"-FeatureCache: {fault.Message} Auto needs no folder, Off does without features.", "FeatureCache", fault);
            }
        }
    }

    /// <summary>Refuses a temporary file that would take more than half of what is free.</summary>
    /// <exception cref="PSTransferException">WriteFailed.</exception>
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
            throw Fault(FormattableString.Invariant($"{bytes / 1048576.0:0.0} MiB are needed there, and of the {free / 1048576.0:0.0} MiB that are free only half is taken"));
        }

        PSTransferException Fault(string what) => new(FaultKind.WriteFailed, $"{TemporaryFolder}: {what}.", TemporaryFolder);
    }
}
