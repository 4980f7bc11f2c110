using System.Runtime.InteropServices;
using System.Text;

namespace PSTransfer.Core.Files;

/// <summary>Writes files whole: a reader sees the old file or the new one, never a part, even if the process is killed.</summary>
public static class AtomicFile
{
    private const int UnixExists = 17; // EEXIST

    /// <summary>A temporary file of this age was left behind by a killed process.</summary>
    private static readonly TimeSpan _abandoned = TimeSpan.FromHours(1);

    /// <summary>
    /// Calls <paramref name="write"/> with a temporary file in the folder of <paramref name="path"/>. The file is then flushed to the disk
    /// and renamed to <paramref name="path"/>. If anything fails, no temporary file remains and an existing file is untouched. A link stays
    /// a link: its target is written. The new file takes over the permissions and, if the system allows it, the owner of the one that it
    /// replaces.
    /// </summary>
    /// <param name="path">The file; its folder must exist. Taken literally: brackets and asterisks are no wildcards.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="write">Writes the content and leaves the stream open. Its own exceptions pass through, I/O errors excepted.</param>
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
            // Another process may have written the file since the check above.
            throw !overwrite && File.Exists(fullPath) ? Exists(path) : Unwritable(path, e);
        }
        finally
        {
            Discard(temporary);
        }
    }

    /// <summary>Refuses a path that no file can be written to, so that nothing is computed in vain.</summary>
    /// <returns>The full path; for a link, the path of its target.</returns>
    /// <exception cref="PSTransferException">NotFound (the folder doesn't exist), or WriteFailed (the path is a folder, a device, a pipe or
    /// a socket).</exception>
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

    /// <summary>Writes a text, in UTF-8, as the other <c>Write</c> writes a stream.</summary>
    /// <exception cref="PSTransferException">The faults of the other <c>Write</c>.</exception>
    public static void Write(string path, bool overwrite, string text) =>
        Write(path, overwrite, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Refuses a path that can't be written to, so that a run of hours isn't lost at its first checkpoint. The check writes an empty file
    /// beside the path. It also removes temporary files of killed processes.
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

    /// <summary>Refuses a folder that can't be written to; creates a folder that doesn't exist.</summary>
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
    /// Whether an exception comes from the system. If a file grows too large (EFBIG), .NET throws an ArgumentOutOfRangeException.
    /// </summary>
    internal static bool IsFault(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>The error for a file that can't be written.</summary>
    internal static PSTransferException Unwritable(string path, Exception e) => Unwritable(
        path,
        WriteFault.Reason(e, Path.GetDirectoryName(Path.GetFullPath(path)) ?? path, Platform.Current.System),
        e,
        e is HeldFileException ? FaultKind.InUse : FaultKind.WriteFailed);

    /// <summary>Refuses a file that exists and may not be replaced, so that nothing is computed in vain.</summary>
    /// <exception cref="PSTransferException">AlreadyExists.</exception>
    public static void RequireFree(string path, bool overwrite)
    {
        // A link counts as existing even without a target: no stranger's link may lead a new file elsewhere.
        if (!overwrite && (File.Exists(path) || LinkTarget(FullPath(path)) is not null))
        {
            throw Exists(path);
        }
    }

    /// <summary>Creates an empty file in a folder and deletes it; then deletes temporary files that killed processes left there.</summary>
    private static void TryFolder(string folder)
    {
        string temporary = Temporary(folder);
        File.Create(temporary).Dispose();
        File.Delete(temporary);
        var files = Directory.EnumerateFiles(folder, ".pstransfer-*.tmp");
        foreach (string left in files.Where(left => DateTime.UtcNow - File.GetLastWriteTimeUtc(left) > _abandoned))
        {
            Discard(left);
        }
    }

    /// <summary>Refuses a file name whose extension isn't that of the written format.</summary>
    /// <param name="path">The file.</param>
    /// <param name="extension">The extension with the dot.</param>
    /// <param name="parameter">The parameter that holds the path, without the dash.</param>
    /// <exception cref="PSTransferException">InvalidArgument.</exception>
    internal static void RequireExtension(string path, string extension, string parameter) => PSTransferException.Require(
        path.EndsWith(extension, StringComparison.OrdinalIgnoreCase),
        parameter,
        $"is written as {extension[1..].ToUpperInvariant()} and needs a name that ends in {extension}, not '{Path.GetFileName(path)}'");

    /// <summary>Refuses a file name whose extension isn't that of the written format; a name without an extension is accepted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parameter">The parameter that holds the path, without the dash.</param>
    /// <param name="what">What is written, such as "a checkpoint".</param>
    /// <param name="endings">The extensions that the name may have, with the dot.</param>
    /// <exception cref="PSTransferException">InvalidArgument.</exception>
    internal static void RequireEnding(string path, string parameter, string what, params string[] endings) => PSTransferException.Require(
        Path.GetExtension(path) is "" or null || endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase),
        parameter,
        $"names {what}: expected the ending {string.Join(", ", endings)} or none, found '{Path.GetFileName(path)}'");

    /// <summary>
    /// Fails early if the target name is invalid or too long, since the temporary file's name wouldn't show that. On Windows the check also
    /// fails if the existing file can't be replaced.
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

    /// <summary>The full path without links. The path need not have a file yet.</summary>
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
            return null; // the name is too long or the folder has no access; writing reports that
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
    /// Gives the temporary file the permissions and the owner of the file that it will replace. This happens before any content is written,
    /// so content is never readable with wider permissions.
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
    /// Gives the file its name in one step, unless the name is taken. File.Move does so on Windows only. Elsewhere it checks first and
    /// renames afterwards, so of two writers at once the second would replace the first. Returns false if the file system has no links.
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

    /// <summary>
    /// The path of a new temporary file. Its name isn't derived from the target's, which may already be as long as the file system allows.
    /// </summary>
    private static string Temporary(string folder) => Path.Combine(folder, $".pstransfer-{Guid.NewGuid():N}.tmp");

    /// <summary>Deletes a temporary file that was begun and not finished.</summary>
    internal static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The earlier error says more than this one.
        }
    }

    private static PSTransferException Exists(string path) =>
        new(FaultKind.AlreadyExists, $"{path} exists; use -Force to replace it, or choose another path.", path);

    /// <summary>Refuses a name that Windows takes for something else. Windows would report it only when the file gets its name.</summary>
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
