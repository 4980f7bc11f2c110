using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Native.Installing;

/// <summary>Installs libtorch on a user's machine and removes it again.</summary>
public sealed class LibTorchInstaller
{
    private readonly LibTorchStore _store;
    private readonly LibTorchPackage _package;
    private readonly Platform _platform;
    private readonly DownloadPatience _patience;
    private readonly Func<string, long?> _room;
    private readonly string _location;

    internal LibTorchInstaller(
        string folder, LibTorchPackage package, Platform platform, string location, DownloadPatience patience, Func<string, long?> room)
    {
        (_store, _package, _platform) = (new LibTorchStore(folder, patience), package, platform);
        (_location, _patience, _room) = (location, patience, room);
        Target = _store.PathOf(package.Version, package.Platform);
    }

    /// <summary>Reports the progress of the work.</summary>
    /// <param name="step">The present step, in words.</param>
    /// <param name="done">The number of bytes done.</param>
    /// <param name="total">The number of bytes in all; 0 if that isn't known.</param>
    public delegate void ProgressHandler(string step, long done, long total);

    /// <summary>The installation folder of the version that this module needs.</summary>
    public string Target { get; }

    /// <summary>The installed libtorch of the version that this module needs; null if there is none.</summary>
    public InstalledLibTorch? Installed => _store.Find(_package.Version, _package.Platform);

    /// <summary>
    /// Says why the module loads another libtorch than the installed one, and how to change that. Null if it loads the installed one.
    /// </summary>
    public string? Overridden => LibTorch.Folder == Target
        ? null
        : string.IsNullOrEmpty(Environment.GetEnvironmentVariable(LibTorch.FolderVariable))
            ? $"This module is a clone whose build brought a libtorch of its own, in {LibTorch.Folder}, and takes that. Let "
                + $"{LibTorch.FolderVariable} name {Target} to take the installed one."
            : $"{LibTorch.FolderVariable} names {LibTorch.Folder}, and the module takes libtorch from there. Unset it to take the "
                + $"installed one in {Target}.";

    /// <summary>Returns the installer for this user and this platform.</summary>
    /// <param name="location">The folder from which NuGet looks for nuget.config, up to the root.</param>
    /// <exception cref="PSTransferException">NotAvailable: there is no libtorch for this platform. NotFound: this user has no folder for
    /// caches.</exception>
    public static LibTorchInstaller OfUser(string location) =>
        new(
            LibTorchStore.OfUser().Folder,
            LibTorchPackage.Of(Platform.Current),
            Platform.Current,
            location,
            new DownloadPatience(),
            FreeBytes);

    /// <summary>Describes an installation without doing it.</summary>
    /// <param name="path">A package's file or a folder; null for the NuGet feeds.</param>
    /// <exception cref="PSTransferException">NotFound or InvalidData: the fault lies in <paramref name="path"/> or
    /// nuget.config.</exception>
    public Plan Prepare(string? path)
    {
        var source = path is null
            ? new LibTorchSource.FromFeeds(_store.Folder, _package, PackageFeeds.For(_package.Id, _location), _patience)
            : LibTorchSource.At(path, _package, _platform);
        return new Plan(source, $"Install libtorch {_package.Version} for {_package.Platform}: {source.Text}");
    }

    /// <summary>Carries out a plan. An installed libtorch stays unless <paramref name="force"/> is given.</summary>
    /// <param name="plan">The plan from <see cref="Prepare"/>.</param>
    /// <param name="force">Replaces an installed libtorch.</param>
    /// <param name="progress">Called on the calling thread; may be null.</param>
    /// <param name="token">Stops the installation. The download is kept for the next time, and no half of it is installed.</param>
    /// <exception cref="PSTransferException">AlreadyExists: another build of the version is installed. NotAvailable, InvalidData,
    /// WriteFailed or InUse.</exception>
    public InstalledLibTorch Install(Plan plan, bool force, ProgressHandler? progress, CancellationToken token)
    {
        var source = plan.Source;
        void Report(string step, long done, long total) => progress?.Invoke(step, done, total);

        using var held = _store.Lock(() => Report("Waiting for another process that installs", 0, 0), token);
        if (!force && Installed is { } there)
        {
            return there.Build == source.Build
                ? there
                : throw new PSTransferException(
                    FaultKind.AlreadyExists,
                    $"{Target} holds another build of libtorch {there.Version} ({there.Build}, not {source.Build}). "
                    + "Use -Force to replace it.",
                    Target);
        }

        RequireRoom(source.UnpackedBytes + source.MoreBytes);
        source.Prepare(Report, token);
        _store.Put(Target, _package.Version, source.Build, folder => source.Unpack(folder, Report, token));
        source.Finish();
        return Installed ?? throw new PSTransferException(
            FaultKind.WriteFailed,
            $"{Target} was written, but isn't there: does another program remove files?",
            Target);
    }

    /// <summary>The folders and unfinished downloads that <see cref="Uninstall"/> would remove.</summary>
    /// <param name="all">Whether to include the version that this module needs.</param>
    public IReadOnlyList<string> Removable(bool all) => _store.Except(all ? null : _package.Version);

    /// <summary>Removes one path of <see cref="Removable"/>.</summary>
    /// <exception cref="PSTransferException">InUse or WriteFailed.</exception>
    public void Uninstall(string path, CancellationToken token)
    {
        using var held = _store.Lock(null, token);
        _store.Sweep();
        _store.Remove(path);
    }

    private void RequireRoom(long needed)
    {
        if (_room(_store.Folder) is { } free && free < needed)
        {
            throw new PSTransferException(
                FaultKind.WriteFailed,
                $"{_store.Folder}: libtorch needs {LibTorchSource.Megabytes(needed)} there while it is installed, and the disk has "
                + $"{LibTorchSource.Megabytes(free)} free. Free some space, or set {CacheFolder.Variable} to a folder on another disk.",
                _store.Folder);
        }
    }

    /// <summary>The number of bytes that a user may still write to a folder's disk; null if the system doesn't know.</summary>
    private static long? FreeBytes(string folder)
    {
        try
        {
            return FreeSpace.Of(folder);
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null; // writing will report a full disk
        }
    }

    /// <summary>The plan of an installation.</summary>
    public sealed class Plan
    {
        internal Plan(LibTorchSource source, string text) => (Source, Text) = (source, text);

        /// <summary>Says what is fetched or copied, from where, and how much room it takes.</summary>
        public string Text { get; }

        /// <summary>The build to install: cpu, or the name of another build.</summary>
        public string Build => Source.Build;

        internal LibTorchSource Source { get; }
    }
}
