namespace PSTransfer.Core.Training.Features;

/// <summary>Where a run keeps features.</summary>
/// <param name="Folder">The full path of a folder of files that later runs may use; null for memory, and a temporary file for what doesn't fit there.</param>
internal sealed record FeatureCachePlan(string? Folder)
{
    /// <summary>How much may be kept in memory, for each set. Default: 1 GiB.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>What is free on the disk of temporary files.</summary>
    public Func<long> FreeDiskBytes { get; init; } = () => new DriveInfo(Path.GetTempPath()).AvailableFreeSpace;

    /// <summary>The plan that <see cref="TrainingOptions.FeatureCache"/> asks for; null for no cache.</summary>
    public static FeatureCachePlan? Parse(string option) => option.ToUpperInvariant() switch
    {
        "OFF" => null,
        "AUTO" => new FeatureCachePlan(Folder: null),
        _ => new FeatureCachePlan(option),
    };
}
