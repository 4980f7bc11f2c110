using System.Runtime.InteropServices;
using System.Text;

namespace PSTransfer.Core.Files;

/// <summary>Writes files whole: a reader sees the old file or the new one, never a part, even when the process is killed.</summary>
public static class AtomicFile
{
    private const int UnixExists = 17; // EEXIST

    /// <summary>After so long a temporary file is what a killed process left behind.</summary>
    private static readonly TimeSpan _abandoned = TimeSpan.FromHours(1);

    /// <summary>
    /// Calls <paramref name="write"/> with a temporary file in the folder of <paramref name="path"/>, flushes it to the disk and
    /// renames it to <paramref name="path"/>. If anything fails, nothing is left behind and an existing file is untouched. A link stays
    /// one: its target is written. A file that is replaced hands on its permissions and, where the system allows it, its owner.
    /// </summary>
    /// <param name="path">The file; its folder must exist. Taken literally: brackets and asterisks are no wildcards.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="write">Writes the content; leaves the stream open. Its own exceptions pass through, I/O errors excepted.</param>
    /// <exception cref="PSTransferException">AlreadyExists, NotFound (the folder), InUse (another program has the file open), or
    /// WriteFailed (the path can't be written).</exception>
    public static void Write(string path, bool overwrite, Action<Stream> write)
    {
        RequireFree(path, overwrite);
        string fullPath = RequireFolder(path);
        string temporary = Temporary(Path.GetDirectoryName(fullPath)!);
        try
        {
            WriteThrough(temporary, fullPath, write);
            if (overwrite || !TryLink(temporary, fullPath))
            {
                FileMove.Current.Move(temporary, fullPath, overwrite);
            }
        }
        catch (Exception e) when (IsFault(e))
        {
            // Someone else may have written the file since the check above.
            throw !overwrite && File.Exists(fullPath) ? Exists(path) : Unwritable(path, e);
        }
        finally
        {
            Discard(temporary);
        }
    }

    /// <summary>Refuses a path that no file can be written to, so that nothing is computed in vain.</summary>
    /// <returns>The full path; of a link's target for a link.</returns>
    /// <exception cref="PSTransferException">NotFound (the folder), or WriteFailed (it is a folder, a device, a pipe or a
    /// socket).</exception>
    public static string RequireFolder(string path)
    {
        string fullPath = RealPath(path);
        string folder = Path.GetDirectoryName(fullPath) ?? fullPath;
        RequireFileName(path, fullPath);
        if (Directory.Exists(fullPath))
        {
            throw Unwritable(path, "it is a folder; give the path of a file");
        }

        if (RegularFile.OtherKind(fullPath) is { } kind)
        {
            throw Unwritable(path, $"expected a regular file, found {kind}; give the path of a file");
        }

        return Directory.Exists(folder)
            ? fullPath
            : throw new PSTransferException(FaultKind.NotFound, $"{path}: the folder {folder} doesn't exist; create it first.", path);
    }

    /// <summary>The same with a text, in UTF-8.</summary>
    /// <exception cref="PSTransferException">As above.</exception>
    public static void Write(string path, bool overwrite, string text) => Write(path, overwrite, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Refuses a path to which nothing can be written, by writing an empty file beside it, so that a run of hours isn't lost at its first
    /// checkpoint. Removes what killed processes left of theirs.
    /// </summary>
    /// <exception cref="PSTransferException">NotFound (the folder), or WriteFailed.</exception>
    public static void RequireWritable(string path)
    {
        string fullPath = RequireFolder(path);
        try
        {
            TryFolder(Path.GetDirectoryName(fullPath)!);
            RequireName(fullPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    /// <summary>The same for a folder, which is made where it isn't there.</summary>
    /// <exception cref="PSTransferException">WriteFailed.</exception>
    public static void RequireWritableFolder(string path)
    {
        string fullPath = FullPath(path);
        RequireFileName(path, fullPath);
        for (string? above = fullPath; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
            {
                throw Unwritable(path, $"{(above == fullPath ? "it" : above)} is a file; give the path of a folder");
            }
        }

        try
        {
            Directory.CreateDirectory(fullPath);
            TryFolder(fullPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    /// <summary>
    /// Whether an exception is the system's. .NET tells by an ArgumentOutOfRangeException of a file that grows too large (EFBIG).
    /// </summary>
    internal static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>The error of a file that can't be written.</summary>
    internal static PSTransferException Unwritable(string path, Exception e) => Unwritable(
        path,
        WriteFault.Reason(e, Path.GetDirectoryName(Path.GetFullPath(path)) ?? path, Platform.Current.System),
        e,
        e is HeldFileException ? FaultKind.InUse : FaultKind.WriteFailed);

    /// <summary>Refuses a file that is there and may not be replaced, so that nothing is computed in vain.</summary>
    /// <exception cref="PSTransferException">AlreadyExists.</exception>
    public static void RequireFree(string path, bool overwrite)
    {
        // A link whose target isn't there is there all the same: nobody's link leads a new file elsewhere.
        if (!overwrite && (File.Exists(path) || LinkTarget(FullPath(path)) is not null))
        {
            throw Exists(path);
        }
    }

    /// <summary>Writes an empty file into a folder, takes it away again, and what killed processes left with it.</summary>
    private static void TryFolder(string folder)
    {
        string temporary = Temporary(folder);
        File.Create(temporary).Dispose();
        File.Delete(temporary);
        foreach (string left in Directory.EnumerateFiles(folder, ".pstransfer-*.tmp").Where(left => DateTime.UtcNow - File.GetLastWriteTimeUtc(left) > _abandoned))
        {
            Discard(left);
        }
    }

    /// <summary>Refuses a name that promises another format than the one that is written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="extension">With the dot.</param>
    /// <param name="parameter">The parameter that names it, without the dash.</param>
    /// <exception cref="PSTransferException">InvalidArgument.</exception>
    internal static void RequireExtension(string path, string extension, string parameter) => PSTransferException.Require(
        path.EndsWith(extension, StringComparison.OrdinalIgnoreCase),
        parameter,
        $"is written as {extension[1..].ToUpperInvariant()} and needs a name that ends in {extension}, not '{Path.GetFileName(path)}'");

    /// <summary>Refuses a name that promises another format than the one that is written; a name without an ending promises none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parameter">The parameter that names it, without the dash.</param>
    /// <param name="what">What is written: "a checkpoint".</param>
    /// <param name="endings">The endings that the name may have, with the dot.</param>
    /// <exception cref="PSTransferException">InvalidArgument.</exception>
    internal static void RequireEnding(string path, string parameter, string what, params string[] endings) => PSTransferException.Require(
        Path.GetExtension(path) is "" or null || endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase),
        parameter,
        $"names {what}: expected the ending {string.Join(", ", endings)} or none, found '{Path.GetFileName(path)}'");

    /// <summary>
    /// Fails where the name is too long or none at all, which a file of another name doesn't tell, or where Windows lets nobody replace the
    /// file.
    /// </summary>
    private static void RequireName(string fullPath)
    {
        try
        {
            File.GetAttributes(fullPath);
            if (OperatingSystem.IsWindows())
            {
                File.Open(fullPath, FileMode.Open, FileAccess.Write).Dispose();
            }
        }
        catch (FileNotFoundException)
        {
        }
    }

    private static string FullPath(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (Exception e) when (e is ArgumentException or IOException or NotSupportedException)
        {
            throw Unwritable(path, $"it is not a valid path ({e.Message})", e);
        }
    }

    /// <summary>The place that a path leads to in the end, which may have no file yet.</summary>
    private static string RealPath(string path)
    {
        string fullPath = FullPath(path);
        try
        {
            return LinkTarget(fullPath) is null ? fullPath : File.ResolveLinkTarget(fullPath, returnFinalTarget: true)!.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, $"it is a link that leads nowhere ({e.Message.TrimEnd('.')}); give another path", e);
        }
    }

    private static string? LinkTarget(string fullPath)
    {
        try
        {
            return new FileInfo(fullPath).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // too long a name, or a folder without access: writing tells
        }
    }

    private static void WriteThrough(string temporary, string replaced, Action<Stream> write)
    {
        using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        TakeOver(replaced, temporary);
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Gives a file the permissions and the owner of the one it is to replace, before anything is in it that they would hide.
    /// </summary>
    private static void TakeOver(string replaced, string temporary)
    {
        if (!OperatingSystem.IsWindows() && UnixFile.Of(replaced) is { } before)
        {
            UnixFile.SetOwner(temporary, before.User, before.Group);
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(replaced));
        }
    }

    /// <summary>
    /// Gives the file its name unless the name is taken, in one step. File.Move does that on Windows; elsewhere it looks first and
    /// renames then, and of two writers at once the second would replace the first. False where the file system has no links.
    /// </summary>
    private static bool TryLink(string temporary, string fullPath)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        return Link(temporary, fullPath) == 0
            || (Marshal.GetLastPInvokeError() == UnixExists ? throw new IOException("the file exists") : false);
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string added);

    /// <summary>Not derived from the file's name, which may already be as long as the file system allows.</summary>
    private static string Temporary(string folder) => Path.Combine(folder, $".pstransfer-{Guid.NewGuid():N}.tmp");

    /// <summary>Takes away what was begun and couldn't be finished.</summary>
    internal static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here says more than this one.
        }
    }

    private static PSTransferException Exists(string path) =>
        new(FaultKind.AlreadyExists, $"{path} exists; use -Force to replace it, or choose another path.", path);

    /// <summary>Refuses a name that Windows takes for something else, which it tells no sooner than when the file gets its name.</summary>
    private static void RequireFileName(string path, string fullPath)
    {
        if (WriteFault.OfName(fullPath, Platform.Current.System) is { } fault)
        {
            throw Unwritable(path, fault);
        }
    }

    private static PSTransferException Unwritable(
        string path, string reason, Exception? inner = null, FaultKind kind = FaultKind.WriteFailed) =>
        new(kind, $"{path} can't be written: {reason}.", path, inner);
}
