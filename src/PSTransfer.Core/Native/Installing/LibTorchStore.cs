using System.Text.RegularExpressions;
using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Native.Installing;

/// <summary>The folder in which a user's installed versions of libtorch lie, one folder for each version and platform.</summary>
internal sealed partial class LibTorchStore(string folder, DownloadPatience patience)
{
    private const string BuildFile = "build-version";
    private const string Temporary = ".pstransfer-";
    private const int MostLooks = 1800;

    /// <summary>Where the versions lie. The folder may not exist yet.</summary>
    public string Folder => folder;

    /// <summary>The user's: libtorch in the cache folder.</summary>
    /// <exception cref="PSTransferException">There is no folder for caches.</exception>
    public static LibTorchStore OfUser() => new(Path.Combine(CacheFolder.Find(), "libtorch"), new DownloadPatience());

    /// <summary>Where a version for a platform is, or belongs.</summary>
    public string PathOf(string version, string platform) => Path.Combine(folder, $"{version}-{platform}");

    /// <summary>What is installed of a version for a platform; null where nothing is, or where files of it are missing.</summary>
    public InstalledLibTorch? Find(string version, string platform)
    {
        var path = PathOf(version, platform);
        var build = Path.Combine(path, BuildFile);
        return File.Exists(build) && LibTorchFolder.MissingLibrary(path) is null
            ? new(version, platform, File.ReadAllText(build).Trim().Split('+') is [_, var name] ? name : "unknown", path, BytesOf(path))
            : null;
    }

    /// <summary>The folders of versions other than one and what was left of their downloads, or those of all versions.</summary>
    /// <param name="used">The version that stays; null for none.</param>
    public IReadOnlyList<string> Except(string? used) => Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder).Where(path => IsOther(VersionFolder(), path, used))
            .Concat(Directory.EnumerateFiles(folder).Where(path => IsOther(Download(), path, used)))
            .Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Bytes of the files in a folder.</summary>
    public static long BytesOf(string path) =>
        new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>Keeps other processes from installing and removing; waits while one of them does.</summary>
    /// <param name="waiting">Told at each look in vain; null for nobody.</param>
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
    /// Makes a folder under another name, and gives it its own when it is whole. What had that name before goes then. If anything fails,
    /// nothing of the new folder is left and the old one stays.
    /// </summary>
    /// <param name="path">The folder. The caller holds the lock.</param>
    /// <param name="build">What <see cref="InstalledLibTorch.Build"/> will be.</param>
    /// <param name="version">Which version it is.</param>
    /// <param name="fill">Puts the files into the folder that it is given.</param>
    /// <exception cref="PSTransferException">WriteFailed, InUse, or what <paramref name="fill"/> throws.</exception>
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
    /// Takes a folder away, under another name first, so that no half of it is ever found; or a file. The caller holds the lock.
    /// </summary>
    /// <exception cref="PSTransferException">InUse: a process uses the libraries, which Windows doesn't let go.</exception>
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

    /// <summary>Runs what writes; the system's errors become one sentence.</summary>
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

    /// <summary>Removes what killed processes left. The caller holds the lock.</summary>
    public void Sweep()
    {
        foreach (var left in Directory.EnumerateDirectories(folder, Temporary + "*"))
        {
            Discard(left);
        }
    }

    /// <summary>What can't be deleted now is deleted by the next <see cref="Sweep"/>.</summary>
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
            // Windows keeps libraries that are loaded. Nobody looks for anything under this name.
        }
    }

    private static bool IsOther(Regex pattern, string path, string? used) =>
        pattern.Match(Path.GetFileName(path)) is { Success: true } match && match.Groups[1].Value != used;

    [GeneratedRegex(@"^(\d+\.\d+\.\d+)-(?:linux|win|osx)-\w+$")]
    private static partial Regex VersionFolder();

    [GeneratedRegex(@"^libtorch-cpu-\w+-\w+\.(\d+\.\d+\.\d+)\.nupkg(?:\.part)?(?:\.etag)?$")]
    private static partial Regex Download();
}
