using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Native.Installing;

/// <summary>A source of libtorch: a feed, a package's file, or a folder.</summary>
/// <param name="package">The package that a CPU build must be.</param>
internal abstract partial class LibTorchSource(LibTorchPackage package)
{
    private const int BufferSize = 1 << 20;

    /// <summary>Reports the progress of a step: its description, the bytes done and the bytes in all.</summary>
    internal delegate void Report(string step, long done, long total);

    /// <summary>The package that a CPU build must be.</summary>
    protected LibTorchPackage Package => package;

    /// <summary>The value for <see cref="InstalledLibTorch.Build"/>.</summary>
    public virtual string Build => "cpu";

    /// <summary>Describes for the user what will be done: "fetch libtorch-cpu-linux-x64 2.10.0 (128 MB)...".</summary>
    public abstract string Text { get; }

    /// <summary>The number of bytes that the installed files will take.</summary>
    public virtual long UnpackedBytes => package.UnpackedBytes;

    /// <summary>The number of further bytes that are needed during the installation.</summary>
    public virtual long MoreBytes => 0;

    /// <summary>Obtains what is needed before the folder is created.</summary>
    public virtual void Prepare(Report report, CancellationToken token)
    {
    }

    /// <summary>Puts the libraries into a folder.</summary>
    /// <exception cref="PSTransferException">InvalidData: something isn't as expected. NotFound, NotAvailable or WriteFailed.</exception>
    public abstract void Unpack(string folder, Report report, CancellationToken token);

    /// <summary>Removes what is no longer needed once the libraries are in their place.</summary>
    public virtual void Finish()
    {
    }

    /// <summary>The source for a user's -Path: a package's file or a folder.</summary>
    /// <exception cref="PSTransferException">NotFound, or InvalidData.</exception>
    public static LibTorchSource At(string path, LibTorchPackage package, Platform platform)
    {
        if (File.Exists(path))
        {
            return new FromPackage(path, package);
        }

        if (!Directory.Exists(path))
        {
            throw new PSTransferException(
                FaultKind.NotFound,
                $"{path} doesn't exist: expected the file {package.FileName} or a folder with libtorch's libraries.",
                path);
        }

        string[] places = [".", package.NativeFolder, "lib"];
        var folder = places
            .Select(below => Path.GetFullPath(Path.Combine(path, below)))
            .FirstOrDefault(below => File.Exists(Path.Combine(below, platform.FileName("torch_cpu"))))
            ?? throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: the folder has no {platform.FileName("torch_cpu")}, neither itself nor in {package.NativeFolder} or lib. "
                + $"Expected the libraries of libtorch {package.Version} for {package.Platform}, or name the file {package.FileName}.",
                path);
        return File.Exists(Path.Combine(folder, platform.FileName("torch_cuda")))
            ? new FromCudaFolder(folder, package, platform)
            : new FromFolder(folder, package);
    }

    /// <summary>Copies a library into a folder and flushes it to the disk.</summary>
    protected static void Copy(Stream from, string to, Action<int> copied, CancellationToken token) => LibTorchStore.Try(to, () =>
    {
        using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        var buffer = new byte[BufferSize];
        for (int read; (read = from.Read(buffer)) > 0;)
        {
            token.ThrowIfCancellationRequested();
            target.Write(buffer, 0, read);
            copied(read);
        }

        target.Flush(flushToDisk: true);
    });

    /// <summary>Opens a file that a user or a feed provided.</summary>
    protected static FileStream Open(string path)
    {
        try
        {
            return RegularFile.OpenStream(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path} is missing: was the folder copied whole? Copy it again.",
                path, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path} can't be read: {error.Message.TrimEnd('.')}. Check the disk and the permissions.",
                path, error);
        }
    }

    /// <summary>Formats a number of bytes in units of a million bytes: 128 MB.</summary>
    internal static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N0} MB");

    /// <summary>Unpacks the libraries of a package whose hash has been checked.</summary>
    private static void Unzip(Stream content, string path, LibTorchPackage package, string folder, Report report, CancellationToken token)
    {
        content.Position = 0;
        using var zip = new ZipArchive(content, ZipArchiveMode.Read, leaveOpen: true);
        long done = 0;
        foreach (var file in package.Files)
        {
            var entry = zip.GetEntry($"{package.NativeFolder}/{file.Name}")
                ?? throw new PSTransferException(FaultKind.InvalidData, $"{path} has no {package.NativeFolder}/{file.Name}.", path);
            using var from = entry.Open();
            Copy(from, Path.Combine(folder, file.Name), count => report("Unpacking", done += count, package.UnpackedBytes), token);
        }
    }

    /// <summary>
    /// The package from a feed. It is downloaded into a file in the store's folder, which is kept until the libraries are in their place.
    /// </summary>
    internal sealed class FromFeeds(string store, LibTorchPackage package, PackageFeeds feeds, DownloadPatience patience)
        : LibTorchSource(package)
    {
        private string File => Path.Combine(store, Package.FileName);

        public override string Text =>
            $"fetch {Package.Id} {Package.Version} ({Megabytes(Package.Bytes)}) from the NuGet feeds of this machine ({feeds.Names}) "
            + $"and unpack it ({Megabytes(Package.UnpackedBytes)} on disk)";

        public override long MoreBytes => Package.Bytes;

        public override void Prepare(Report report, CancellationToken token)
        {
            if (System.IO.File.Exists(File) && FindFault(token) is null)
            {
                return;
            }

            using var part = PartFile.TryOpen(File)
                ?? throw new PSTransferException(
                    FaultKind.InUse,
                    $"{PartFile.PartOf(File)} is in use by another process. End it, and try again.",
                    File);
            feeds.Fetch(Package, part, patience, (done, total) => report("Fetching", done, total ?? Package.Bytes), token);
            part.Complete();
        }

        public override void Unpack(string folder, Report report, CancellationToken token)
        {
            using var content = Open(File);
            Unzip(content, File, Package, folder, report, token);
        }

        public override void Finish() => AtomicFile.Discard(File);

        private string? FindFault(CancellationToken token)
        {
            using var content = Open(File);
            return Package.FindFault(content, token);
        }
    }

    /// <summary>The package as a file, for a machine without network.</summary>
    private sealed class FromPackage(string path, LibTorchPackage package) : LibTorchSource(package)
    {
        public override string Text => $"unpack {path} ({Megabytes(Package.UnpackedBytes)} on disk)";

        public override void Unpack(string folder, Report report, CancellationToken token)
        {
            using var content = Open(path);
            if (Package.FindFault(content, token) is { } fault)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: this is not the package {Package.FileName} as it was published: {fault}. Nothing was installed. Was it "
                    + "copied whole? Fetch it again from a NuGet feed.",
                    path);
            }

            Unzip(content, path, Package, folder, report, token);
        }
    }

    /// <summary>
    /// The package's libraries in a folder, such as bin/Dependencies of a clone. Each library is compared with the published one.
    /// </summary>
    private sealed class FromFolder(string source, LibTorchPackage package) : LibTorchSource(package)
    {
        public override string Text =>
            $"copy the libraries of libtorch {Package.Version} from {source} ({Megabytes(Package.UnpackedBytes)} on disk)";

        public override void Unpack(string folder, Report report, CancellationToken token)
        {
            long done = 0;
            foreach (var file in Package.Files)
            {
                var path = Path.Combine(source, file.Name);
                using var content = Open(path);
                if (LibTorchPackage.FindFault(content, file.Bytes, file.Sha512, token) is { } fault)
                {
                    throw new PSTransferException(
                        FaultKind.InvalidData,
                        $"{path}: this is not the library of {Package.Id} {Package.Version}: {fault}. Nothing was installed. Was the "
                        + $"folder copied whole? Copy it again; or, for a build of your own, let {LibTorch.FolderVariable} name the "
                        + "folder.",
                        path);
                }

                content.Position = 0;
                Copy(content, Path.Combine(folder, file.Name), count => report("Copying", done += count, Package.UnpackedBytes), token);
            }
        }
    }

    /// <summary>
    /// A CUDA build in a folder. No hash is published for such a build, so its version, platform and completeness are checked.
    /// </summary>
    private sealed partial class FromCudaFolder : LibTorchSource
    {
        private readonly string _source;
        private readonly Platform _platform;
        private readonly IReadOnlyList<FileInfo> _files;

        public FromCudaFolder(string source, LibTorchPackage package, Platform platform) : base(package)
        {
            (_source, _platform) = (source, platform);
            _files = [.. new DirectoryInfo(source).EnumerateFiles()
                .Where(file => (platform.System == "win" ? WindowsLibrary() : LinuxLibrary()).IsMatch(file.Name)
                    && !Regex.IsMatch(Path.GetFileNameWithoutExtension(file.Name), TorchBuild.UnusedLibraries)
                    && !OtherLibrary().IsMatch(file.Name))
                .OrderBy(file => file.Name, StringComparer.Ordinal)];
        }

        public override string Build => LibTorchFolder.DeclaredBuild(_source)?.Split('+') is [_, { Length: > 0 } build] ? build : "cuda";

        public override string Text =>
            $"copy the CUDA build of libtorch {Package.Version} from {_source} ({_files.Count} files, {Megabytes(UnpackedBytes)} on disk)";

        public override long UnpackedBytes => _files.Sum(Length);

        public override void Prepare(Report report, CancellationToken token)
        {
            foreach (var library in new[] { "torch_cpu", "torch", "torch_cuda", "c10", "c10_cuda" })
            {
                if (!File.Exists(Path.Combine(_source, _platform.FileName(library))))
                {
                    throw new PSTransferException(
                        FaultKind.InvalidData,
                        $"{_source} has {_platform.FileName("torch_cuda")} but no {_platform.FileName(library)}: was the folder "
                        + "copied whole? Copy it again.",
                        _source);
                }
            }

            foreach (var file in _files)
            {
                using var content = Open(file.FullName);
                if (NativeImage.FindFault(content, _platform) is { } fault)
                {
                    throw new PSTransferException(
                        FaultKind.InvalidData,
                        $"{file.FullName}: {fault}. Nothing was installed. Was the folder copied whole? Copy it again.",
                        file.FullName);
                }
            }

            RequireVersion();
        }

        public override void Unpack(string folder, Report report, CancellationToken token)
        {
            long done = 0, total = UnpackedBytes;
            foreach (var file in _files)
            {
                using var content = Open(file.FullName);
                Copy(content, Path.Combine(folder, file.Name), count => report("Copying", done += count, total), token);
            }
        }

        /// <summary>
        /// Refuses a build of another version. A build declares its version in a file beside the libraries, or in the code of one of them.
        /// </summary>
        private void RequireVersion()
        {
            var declared = LibTorchFolder.DeclaredVersion(_source);
            if (declared is null)
            {
                using var content = Open(Path.Combine(_source, _platform.FileName("torch_cpu")));
                declared = NativeImage.SaysVersion(content, Version.Parse(Package.Version))
                    ? Package.Version
                    : "unknown (another one, or none declared)";
            }

            if (declared != Package.Version)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{_source}: expected a build of libtorch {Package.Version}, found version {declared}. Nothing was installed. Get "
                    + $"a build of {Package.Version}: TorchSharp works with no other.",
                    _source);
            }
        }

        private static long Length(FileInfo file) => ((FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file).Length;

        [GeneratedRegex(@"^lib.+\.so(\.\d+)*$")]
        private static partial Regex LinuxLibrary();

        [GeneratedRegex(@"\.dll$", RegexOptions.IgnoreCase)]
        private static partial Regex WindowsLibrary();

        /// <summary>Matches other files of a clone's bin/Dependencies: TorchSharp's and SkiaSharp's libraries, and assemblies.</summary>
        [GeneratedRegex(
            @"LibTorchSharp|SkiaSharp|^(PSTransfer|TorchSharp|System|NuGet|Newtonsoft|Google|ICSharpCode|OxyPlot|YamlDotNet"
            + @"|BitMiracle|Sep|csFastFloat|SixLabors)\b")]
        private static partial Regex OtherLibrary();
    }
}
