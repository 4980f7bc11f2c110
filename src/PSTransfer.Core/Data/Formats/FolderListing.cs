using System.IO.Enumeration;

namespace PSTransfer.Core.Data.Formats;

/// <summary>An entry of a folder: its name, and whether it is a folder itself or a link to one.</summary>
/// <param name="Name">Without the folder.</param>
/// <param name="IsFolder">Whether it is a folder or leads to one.</param>
/// <param name="Fault">Why the entry can't be opened; null if no reason is known.</param>
internal readonly record struct FolderEntry(string Name, bool IsFolder, string? Fault);

/// <summary>
/// Lists a folder without asking the system about each file, which takes minutes on a network drive. Only links are followed, to see
/// whether they lead anywhere; there are few of them.
/// </summary>
internal static class FolderListing
{
    /// <summary>.NET's substitute for bytes of a name that aren't UTF-8. .NET can't open a file by such a name.</summary>
    private const char Replacement = '\uFFFD';

    /// <summary>The entries of a folder, in no particular order; links come last.</summary>
    /// <exception cref="PSTransferException">The folder can't be read; the message names it.</exception>
    public static IEnumerable<FolderEntry> Of(string folder)
    {
        var plain = 0;
        var plainEntries = Enumerate(
            folder, FileAttributes.ReparsePoint, (ref found) => new FolderEntry(found.FileName.ToString(), found.IsDirectory, null));
        foreach (var entry in plainEntries)
        {
            plain++;
            yield return entry.Name.Contains(Replacement) && !Path.Exists(Path.Combine(folder, entry.Name))
                ? entry with { Fault = "its name isn't UTF-8, and .NET can't open it; rename it" }
                : entry;
        }

        if (Enumerate(folder, 0, (ref _) => true).Count() == plain)
        {
            yield break;
        }

        foreach (var name in Enumerate(folder, 0, LinkName).OfType<string>())
        {
            yield return Follow(Path.Combine(folder, name), name);
        }
    }

    private static string? LinkName(ref FileSystemEntry found) =>
        (found.Attributes & FileAttributes.ReparsePoint) == 0 ? null : found.FileName.ToString();

    private static FolderEntry Follow(string link, string name)
    {
        try
        {
            // Windows also has reparse points that are no links and have no target, such as files kept in a cloud.
            var target = File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName ?? link;
            return Directory.Exists(target) ? new FolderEntry(name, true, null)
                : File.Exists(target) ? new FolderEntry(name, false, null)
                : new FolderEntry(name, false, "the link leads nowhere");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new FolderEntry(name, false, "the link can't be followed");
        }
    }

    private static FileSystemEnumerable<T> Enumerate<T>(
        string folder, FileAttributes skipped, FileSystemEnumerable<T>.FindTransform transform)
    {
        try
        {
            var options = new EnumerationOptions { AttributesToSkip = skipped, IgnoreInaccessible = false };
            return new FileSystemEnumerable<T>(folder, transform, options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{folder}: the folder can't be read: {error.Message.TrimEnd('.')}. "
                + "Give yourself the right to read it, or move it elsewhere.",
                folder,
                error);
        }
    }
}
