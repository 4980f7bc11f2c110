using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Native.Installing;

/// <summary>Brings libtorch to a user's machine and takes it away again.</summary>
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

    /// <summary>How far the work is.</summary>
    /// <param name="step">What is done at the moment.</param>
    /// <param name="done">Bytes that are done.</param>
    /// <param name="total">Bytes that there are to do; 0 where that isn't known.</param>
    public delegate void ProgressHandler(string step, long done, long total);

    /// <summary>The folder of the version that this module needs.</summary>
    public string Target { get; }

    /// <summary>What is installed of that version; null where nothing is.</summary>
    public InstalledLibTorch? Installed => _store.Find(_package.Version, _package.Platform);

    /// <summary>
    /// Why the module takes another libtorch than the installed one, and how it takes this; null where it takes this one.
    /// </summary>
    public string? Overridden => LibTorch.Folder == Target
        ? null
        : string.IsNullOrEmpty(Environment.GetEnvironmentVariable(LibTorch.FolderVariable))
            ? $"This module is a clone whose build brought a libtorch of its own, in {LibTorch.Folder}, and takes that. Let "
                + $"{LibTorch.FolderVariable} name {Target} to take the installed one."
            : $"{LibTorch.FolderVariable} names {LibTorch.Folder}, and the module takes libtorch from there. Unset it to take the "
                + $"installed one in {Target}.";

    /// <summary>For this user and this platform.</summary>
    /// <param name="location">The folder from which NuGet looks for nuget.config, up to the root.</param>
    /// <exception cref="PSTransferException">NotAvailable: there is no libtorch for this platform. NotFound: there is no folder for
    /// it.</exception>
    public static LibTorchInstaller OfUser(string location) =>
        new(LibTorchStore.OfUser().Folder, LibTorchPackage.Of(Platform.Current), Platform.Current, location, new DownloadPatience(), FreeBytes);

    /// <summary>Says what an installation would do, and does nothing.</summary>
    /// <param name="path">A package's file or a folder; null for the NuGet feeds.</param>
    /// <exception cref="PSTransferException">NotFound or InvalidData: about <paramref name="path"/> or nuget.config.</exception>
    public Plan Prepare(string? path)
    {
        var source = path is null
            ? new LibTorchSource.FromFeeds(_store.Folder, _package, PackageFeeds.For(_package.Id, _location), _patience)
            : LibTorchSource.At(path, _package, _platform);
        return new Plan(source, $"Install libtorch {_package.Version} for {_package.Platform}: {source.Text}");
    }

    /// <summary>Does what a plan says. What is installed already stays, unless it is to be replaced.</summary>
    /// <param name="plan">What <see cref="Prepare"/> gave.</param>
    /// <param name="force">Replaces what is installed.</param>
    /// <param name="progress">Told on the calling thread; null for nobody.</param>
    /// <param name="token">Stops it. What was fetched is kept for the next time; nothing half is installed.</param>
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
                    $"{Target} holds another build of libtorch {there.Version} ({there.Build}, not {source.Build}). Use -Force to replace it.",
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

    /// <summary>The folders, and what was left of downloads, that <see cref="Uninstall"/> would remove.</summary>
    /// <param name="all">Also those of the version that this module needs.</param>
    public IReadOnlyList<string> Removable(bool all) => _store.Except(all ? null : _package.Version);

    /// <summary>Removes one of <see cref="Removable"/>.</summary>
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

    /// <summary>What a user may still write to the disk of a folder; null where the system doesn't say.</summary>
    private static long? FreeBytes(string folder)
    {
        try
        {
            return FreeSpace.Of(folder);
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null; // writing tells
        }
    }

    /// <summary>What an installation will do.</summary>
    public sealed class Plan
    {
        internal Plan(LibTorchSource source, string text) => (Source, Text) = (source, text);

        /// <summary>What is fetched or copied, from where, and how much room it takes.</summary>
        public string Text { get; }

        /// <summary>What will be installed: cpu, or the name of another build.</summary>
        public string Build => Source.Build;

        internal LibTorchSource Source { get; }
    }
}
