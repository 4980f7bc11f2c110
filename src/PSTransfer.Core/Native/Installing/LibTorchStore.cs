using System.Text.RegularExpressions;
using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Native.Installing;

/// <summary>The folder of a user's installed versions of libtorch, with one subfolder for each version and platform.</summary>
internal sealed partial class LibTorchStore(string folder, DownloadPatience patience)
{
    private const string BuildFile = "build-version";
    private const string Temporary = ".pstransfer-";
    private const int MostLooks = 1800;

    /// <summary>The folder that holds the versions. It may not exist yet.</summary>
    public string Folder => folder;

    /// <summary>Returns the user's store: the folder libtorch in the cache folder.</summary>
    /// <exception cref="PSTransferException">There is no folder for caches.</exception>
    public static LibTorchStore OfUser() => new(Path.Combine(CacheFolder.Find(), "libtorch"), new DownloadPatience());

    /// <summary>The path at which a version for a platform is installed, or will be.</summary>
    public string PathOf(string version, string platform) => Path.Combine(folder, $"{version}-{platform}");

    /// <summary>The installed libtorch of a version and platform; null if there is none, or if files are missing.</summary>
    public InstalledLibTorch? Find(string version, string platform)
    {
        var path = PathOf(version, platform);
        var build = Path.Combine(path, BuildFile);
        return File.Exists(build) && LibTorchFolder.MissingLibrary(path) is null
            ? new(version, platform, File.ReadAllText(build).Trim().Split('+') is [_, var name] ? name : "unknown", path, BytesOf(path))
            : null;
    }

    /// <summary>The folders and unfinished downloads of all versions except one, or of all.</summary>
    /// <param name="used">The version to leave out; null for none.</param>
    public IReadOnlyList<string> Except(string? used) => Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder).Where(path => IsOther(VersionFolder(), path, used))
            .Concat(Directory.EnumerateFiles(folder).Where(path => IsOther(Download(), path, used)))
            .Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The total size of the files in a folder, in bytes.</summary>
    public static long BytesOf(string path) =>
        new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>Locks the store against installing and removing by other processes; waits while another process does either.</summary>
    /// <param name="waiting">Called at each look that finds the store locked; may be null.</param>
    /// <param name="token">Ends the wait.</param>
    /// <exception cref="PSTransferException">InUse: the other process didn't end in half an hour. WriteFailed.</exception>
    public FileLock Lock(Action? waiting, CancellationToken token)
    {
        Try(folder, () => Directory.CreateDirectory(folder));
        for (var looks = 0; ; looks++)
        {
            token.ThrowIfCancellationRequested();
            try
            {
                return FileLock.Take(Path.Combine(folder, "install"), holder =>
                    $"{folder}: {holder} is installing or removing a libtorch at this moment. Wait for it, or end it, and try again.");
            }
            catch (PSTransferException error) when (error.Kind == FaultKind.InUse && looks < MostLooks)
            {
                waiting?.Invoke();
                patience.Wait(patience.Look, token);
            }
        }
    }

    /// <summary>
    /// Fills a folder under a temporary name and renames it when it is complete. An older folder of the final name is removed just before
    /// that. If anything fails earlier, nothing of the new folder remains and the old one stays.
    /// </summary>
    /// <param name="path">The final path. The caller holds the lock.</param>
    /// <param name="build">The value for <see cref="InstalledLibTorch.Build"/>.</param>
    /// <param name="version">The version of libtorch.</param>
    /// <param name="fill">Puts the files into the given folder.</param>
    /// <exception cref="PSTransferException">WriteFailed, InUse, or the fault of <paramref name="fill"/>.</exception>
    public void Put(string path, string version, string build, Action<string> fill)
    {
        Sweep();
        var whole = Path.Combine(folder, $"{Temporary}{Guid.NewGuid():N}");
        try
        {
            Try(whole, () => Directory.CreateDirectory(whole));
            fill(whole);
            AtomicFile.Write(Path.Combine(whole, BuildFile), overwrite: false, $"{version}+{build}\n");
            Remove(path);
            Try(path, () => Directory.Move(whole, path));
        }
        finally
        {
            Discard(whole);
        }
    }

    /// <summary>
    /// Removes a folder or a file. A folder is renamed first, so that no half of it is ever found. The caller holds the lock.
    /// </summary>
    /// <exception cref="PSTransferException">InUse: a process uses the libraries, and Windows doesn't release them.</exception>
    public void Remove(string path)
    {
        if (!Directory.Exists(path))
        {
            Try(path, () => File.Delete(path));
            return;
        }

        var gone = Path.Combine(folder, $"{Temporary}{Guid.NewGuid():N}");
        try
        {
            Directory.Move(path, gone);
        }
        catch (Exception error) when (AtomicFile.IsFault(error))
        {
            throw new PSTransferException(
                FaultKind.InUse,
                $"{path} can't be removed: {error.Message.TrimEnd('.')}. End the PowerShell sessions that have used PSTransfer, and "
                + "look at who owns the folder; then try again.",
                path,
                error);
        }

        Discard(gone);
    }

    /// <summary>Runs an action that writes, and turns the system's errors into one message.</summary>
    internal static void Try(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (AtomicFile.IsFault(error))
        {
            throw AtomicFile.Unwritable(path, error);
        }
    }

    /// <summary>Removes folders that killed processes left behind. The caller holds the lock.</summary>
    public void Sweep()
    {
        foreach (var left in Directory.EnumerateDirectories(folder, Temporary + "*"))
        {
            Discard(left);
        }
    }

    /// <summary>Deletes a folder if possible; otherwise the next <see cref="Sweep"/> deletes it.</summary>
    private static void Discard(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Windows keeps loaded libraries. No code looks for anything under the temporary name.
        }
    }

    private static bool IsOther(Regex pattern, string path, string? used) =>
        pattern.Match(Path.GetFileName(path)) is { Success: true } match && match.Groups[1].Value != used;

    [GeneratedRegex(@"^(\d+\.\d+\.\d+)-(?:linux|win|osx)-\w+$")]
    private static partial Regex VersionFolder();

    [GeneratedRegex(@"^libtorch-cpu-\w+-\w+\.(\d+\.\d+\.\d+)\.nupkg(?:\.part)?(?:\.etag)?$")]
    private static partial Regex Download();
}
