using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Files;

/// <summary>
/// Reserves a file for one run by a lock file beside it (NAME.lock). The system frees the lock when the process ends, however it ends. The
/// file itself isn't locked, so others may read it meanwhile. The lock holds between processes and between runspaces of one process. It
/// also holds between machines if the file system passes locks on, as NFS does.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const string Title = "PSTransfer lock";
    private const int MostBytes = 1024;
    private const int MostTries = 100;
    private const int LinuxWouldBlock = 11;                                // EWOULDBLOCK
    private const int MacWouldBlock = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private readonly string _path;
    private readonly string _token;
    private FileStream? _file;

    private FileLock(string path)
    {
        _path = path;
        _token = string.Create(
            CultureInfo.InvariantCulture,
            $"{Title}\nprocess {Environment.ProcessId} on {Environment.MachineName}, since {DateTime.UtcNow:u}\n{Guid.NewGuid():N}\n");
    }

    /// <summary>The reason why the lock may not keep other runs away; null if it does.</summary>
    public string? Doubt { get; private set; }

    /// <summary>Takes the lock of a file.</summary>
    /// <param name="path">The file, which needn't exist. A link stands for its target.</param>
    /// <param name="inUse">Makes the error message from the description of the lock's holder.</param>
    /// <exception cref="PSTransferException">InUse: another run has the lock. AlreadyExists: a file of another kind has the lock's
    /// name.</exception>
    public static FileLock Take(string path, Func<string, string> inUse)
    {
        var held = new FileLock(Target(path) + ".lock");
        try
        {
            if (!held.TryTake())
            {
                throw new PSTransferException(FaultKind.InUse, inUse(held.Holder()), path);
            }

            held.TryTwice();
        }
        catch (Exception error) when (AtomicFile.IsFault(error))
        {
            held.Dispose();
            if (File.Exists(held._path) && error is UnauthorizedAccessException)
            {
                throw new PSTransferException(
                    FaultKind.InUse,
                    $"{inUse(held.Holder())} If that run has ended, delete {held._path}, which another user owns.",
                    path,
                    error);
            }

            held.Doubt = AtomicFile.Unwritable(held._path, error).Message;
        }
        catch
        {
            held.Dispose();
            throw;
        }

        return held;
    }

    /// <summary>Frees the lock and deletes the lock file.</summary>
    public void Dispose()
    {
        if (_file is null)
        {
            return;
        }

        // The content is erased while the file is still locked. A process waiting for this very file then finds that it has no name any
        // more, and starts again. On a full disk the file may hold only a part of the token.
        if (!OperatingSystem.IsWindows() && Content() is { } content && _token.StartsWith(content, StringComparison.Ordinal))
        {
            AtomicFile.Discard(_path);
        }

        _file.Dispose();
        _file = null;
    }

    /// <summary>The process that holds the lock, according to the lock file.</summary>
    private string Holder() => Content()?.Split('\n') is [Title, var holder, ..] && holder.Length > 0
        ? Printable.Text(IsThisProcess(holder) ? $"this {holder}" : holder)
        : "another process";

    private static bool IsThisProcess(string holder) =>
        holder.StartsWith($"process {Environment.ProcessId} on {Environment.MachineName},", StringComparison.Ordinal);

    /// <summary>Locks the file that has the name now. Returns false if another run holds the lock.</summary>
    private bool TryTake()
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            RequireOwnKind();
            try
            {
                _file = Open();
            }
            catch (IOException error) when (error.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation)
            {
                return false;
            }

            // The file's present content was left by a killed process.
            _file.SetLength(0);
            _file.Write(Encoding.UTF8.GetBytes(_token));
            if (Content() == _token)
            {
                return true;
            }

            // The holder deleted the file between our opening and locking.
            _file.Dispose();
            _file = null;
        }

        return false;
    }

    /// <summary>Sets <see cref="Doubt"/> if the lock can be taken twice: some file systems accept the call and do nothing.</summary>
    private void TryTwice()
    {
        try
        {
            using var second = Open();
            Doubt = $"{_path}: this file system doesn't lock files.";
        }
        catch (IOException)
        {
        }
    }

    /// <summary>
    /// Opens the lock file. On Unix, .NET locks a file that is opened without sharing (flock). On Windows, that would stop others from
    /// reading who holds the lock, so reading is shared. There, the system itself deletes the file.
    /// </summary>
    private FileStream Open() => OperatingSystem.IsWindows()
        ? new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0, FileOptions.DeleteOnClose)
        : new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

    /// <summary>Refuses to overwrite a file that isn't a lock file of PSTransfer.</summary>
    private void RequireOwnKind()
    {
        var file = new FileInfo(_path);
        var isOther = Directory.Exists(_path) || file.LinkTarget is not null;
        if (!isOther && file.Exists)
        {
            RegularFile.Require(_path);

            // A holder that is just writing its token has written only a part of it, or nothing.
            isOther = Content() is { } content
                && !content.StartsWith(Title, StringComparison.Ordinal)
                && !Title.StartsWith(content, StringComparison.Ordinal);
        }

        if (isOther)
        {
            throw new PSTransferException(
                FaultKind.AlreadyExists,
                $"{_path} is needed as a lock file, but something else has this name. Move it away, or choose another path.",
                _path);
        }
    }

    /// <summary>The content of the file that has the name now, locked or not; null if there is none.</summary>
    private string? Content()
    {
        try
        {
            using var handle = OpenUnlocked();
            var bytes = new byte[MostBytes];
            return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Opens the lock file without locking it. On Unix, .NET locks every file that it opens, if only against writers.</summary>
    private SafeFileHandle OpenUnlocked()
    {
        if (OperatingSystem.IsWindows())
        {
            return File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }

        var handle = new SafeFileHandle(OpenToRead(_path, 0), ownsHandle: true);
        return handle.IsInvalid ? throw new IOException("it can't be read") : handle;
    }

    /// <summary>The file that a path leads to, so that runs with different links to one file meet at one lock.</summary>
    private static string Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint OpenToRead([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
