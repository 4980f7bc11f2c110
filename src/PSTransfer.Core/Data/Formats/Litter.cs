using System.Collections.Frozen;
using PSTransfer.Core.Data.Pixels;

namespace PSTransfer.Core.Data.Formats;

/// <summary>
/// Knows what systems, network storages, editors and tools leave beside a user's files: thumbnails, waste baskets, snapshots, backup
/// copies. Each would be a picture taken twice, or a class that no user made.
/// </summary>
internal static class Litter
{
    /// <summary>
    /// Names of folders that are passed over. Folders whose names begin with a dot are passed over as well: .Trash, .ipynb_checkpoints,
    /// .@__thumb, .AppleDouble, .thumbnails, .git.
    /// </summary>
    private static readonly FrozenSet<string> Folders = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "@eaDir", "@tmp", "@SynoResource", "#recycle", "#snapshot", // Synology
        "@Recycle", "@Recently-Snapshot", "@Transcode", // QNAP
        "trashbox", "~snapshot", // Buffalo, NetApp
        "__MACOSX", "Network Trash Folder", "Temporary Items", "TheVolumeSettingsFolder", "TheFindByContentFolder", // macOS
        "$RECYCLE.BIN", "RECYCLER", "RECYCLED", "System Volume Information", "Thumbs.db", "found.000", "MSOCache", // Windows
        "lost+found", "__pycache__", "CaptureOne");

    private static readonly string[] FolderEndings = [".lrdata", ".cocatalogdb", ".cosessiondb"];

    /// <summary>Names of files that are never meant as data and need no message.</summary>
    private static readonly FrozenSet<string> Files = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "Icon\r", "Picasa.ini", "ZbThumbnail.info", "SYNOINDEX_MEDIA_INFO");

    /// <summary>Endings that tools append to a picture's name for the copy they keep of it.</summary>
    private static readonly string[] CopyEndings = ["_original", ".orig", ".bak", ".old", "~", "@SynoResource", "@SynoEAStream"];

    /// <summary>
    /// Endings of thumbnails of films, and of files still being fetched or written. By their first bytes these are pictures.
    /// </summary>
    private static readonly string[] PartEndings = [".thm", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".download"];

    private static readonly string[] CopyStarts = ["SYNOPHOTO_THUMB_", "SYNOPHOTO_FILM_"];

    /// <summary>Whether a folder of this name is passed over, as a class and inside one.</summary>
    public static bool IsFolder(ReadOnlySpan<char> name)
    {
        if (name.StartsWith('.') || Folders.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name))
        {
            return true;
        }

        foreach (var ending in FolderEndings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The pattern under which messages report a file name that is passed over; empty if no message is needed, null if the file isn't
    /// passed over.
    /// </summary>
    public static string? FilePattern(string name)
    {
        if (name.StartsWith('.'))
        {
            return name.StartsWith("._", StringComparison.Ordinal) ? "._*" : ImageSignature.IsImageName(name) ? ".*" : string.Empty;
        }

        if (CopyStarts.FirstOrDefault(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase)) is { } thumbnail)
        {
            return thumbnail + "*";
        }

        if (ImageSignature.IsImageName(name))
        {
            return null;
        }

        if (Files.Contains(name))
        {
            return string.Empty;
        }

        bool Ends(string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
        var ending = CopyEndings.FirstOrDefault(copy => Ends(copy) && ImageSignature.IsImageName(name.AsSpan(0, name.Length - copy.Length)))
            ?? PartEndings.FirstOrDefault(Ends);
        return ending is null ? null : "*" + ending;
    }
}
