namespace PSTransfer.Core.Downloads;

/// <summary>Finds the folder for downloaded weights: the user's cache folder, as the operating system names it.</summary>
public static class CacheFolder
{
    /// <summary>The environment variable that names the folder and overrides all else.</summary>
    public const string Variable = "PSTRANSFER_CACHE";

    /// <summary>The cache folder of this user; it may not exist yet.</summary>
    public static string Find() => Find(Environment.GetEnvironmentVariable, OperatingSystem.IsWindows(), OperatingSystem.IsMacOS());

    /// <summary>The cache folder for a given environment: PSTRANSFER_CACHE, or pstransfer in the system's folder for caches.</summary>
    /// <exception cref="PSTransferException">PSTRANSFER_CACHE is no full path, or there is no home folder.</exception>
    internal static string Find(Func<string, string?> environment, bool windows, bool macOS)
    {
        if (environment(Variable) is { Length: > 0 } given)
        {
            return Path.IsPathFullyQualified(given)
                ? Path.GetFullPath(given)
                : throw new PSTransferException(
                    FaultKind.InvalidArgument,
                    $"{given}: the variable {Variable} must hold the full path of a folder, from its root on.",
                    Variable);
        }

        var caches = windows
            ? environment("LOCALAPPDATA")
            : (macOS, environment("XDG_CACHE_HOME"), environment("HOME")) switch
            {
                // The XDG specification says to ignore a relative path.
                (false, { Length: > 0 } set, _) when Path.IsPathFullyQualified(set) => set,
                (false, _, { Length: > 0 } home) => Path.Combine(home, ".cache"),
                (true, _, { Length: > 0 } home) => Path.Combine(home, "Library", "Caches"),
                _ => null,
            };
        return string.IsNullOrEmpty(caches)
            ? throw new PSTransferException(
                FaultKind.NotFound,
                $"This user has no folder for caches (no {(windows ? "LOCALAPPDATA" : "HOME")} variable). "
                + $"Set the variable {Variable} to a folder's full path.",
                Variable)
            : Path.Combine(caches, "pstransfer");
    }
}
