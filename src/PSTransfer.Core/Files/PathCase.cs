namespace PSTransfer.Core.Files;

/// <summary>
/// Decides when two full paths are the same. By default, Windows and macOS take M.ckpt and m.ckpt for the same file; Linux doesn't. Each
/// method takes the system by the name in <see cref="Platform.System"/>; null means the running one.
/// </summary>
internal static class PathCase
{
    /// <summary>The comparison of names and paths.</summary>
    public static StringComparison Comparison(string? system = null) =>
        (system ?? Platform.Current.System) is "win" or "osx" ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>The comparer of names and paths, for sets and groups.</summary>
    public static StringComparer Comparer(string? system = null) => StringComparer.FromComparison(Comparison(system));

    /// <summary>Whether two full paths name one folder or file; a separator at the end changes nothing.</summary>
    public static bool Same(string one, string other, string? system = null) =>
        Path.TrimEndingDirectorySeparator(one).Equals(Path.TrimEndingDirectorySeparator(other), Comparison(system));

    /// <summary>Whether a full path is a folder, or lies within it.</summary>
    public static bool IsWithin(string path, string folder, string? system = null) =>
        Same(path, folder, system)
        || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, Comparison(system));
}
