using NuGet.Common;
using NuGet.Configuration;
using NuGet.Frameworks;
using NuGet.Packaging.Core;
using NuGet.Protocol;
using NuGet.Protocol.Core.Types;
using NuGet.Versioning;
using PSTransfer.Core.Downloads;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Native.Installing;

/// <summary>
/// The NuGet feeds that a machine is configured for. They come from nuget.config in a folder, in the folders above it, of the user and of
/// the machine. Mirrors, proxies, credentials and source mappings come from these files, too.
/// </summary>
internal sealed class PackageFeeds
{
    private const int BufferSize = 1 << 20;

    private readonly IReadOnlyList<PackageSource> _sources;
    private readonly string _files;

    private PackageFeeds(IReadOnlyList<PackageSource> sources, string files) => (_sources, _files) = (sources, files);

    /// <summary>The names of the feeds, for the user.</summary>
    public string Names => _sources.Count == 0 ? "none" : string.Join(", ", _sources.Select(source => source.Name));

    /// <summary>Returns the feeds that may have a package.</summary>
    /// <param name="id">The package's name; a source mapping may exclude some feeds for it.</param>
    /// <param name="folder">The folder at which the search for nuget.config begins.</param>
    /// <exception cref="PSTransferException">InvalidData: a nuget.config can't be read.</exception>
    public static PackageFeeds For(string id, string folder)
    {
        try
        {
            var settings = Settings.LoadDefaultSettings(folder);
            var mapping = PackageSourceMapping.GetPackageSourceMapping(settings);
            var mapped = mapping.IsEnabled ? mapping.GetConfiguredPackageSources(id) : null;
            return new(
                [.. PackageSourceProvider.LoadPackageSources(settings)
                    .Where(source => source.IsEnabled && mapped?.Contains(source.Name, StringComparer.OrdinalIgnoreCase) != false)],
                string.Join(", ", settings.GetConfigFilePaths()));
        }
        catch (NuGetConfigurationException error)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"The NuGet feeds of this machine can't be read: {Secrets.Masked(error.Message.TrimEnd('.'))}. Correct that file.",
                null, error);
        }
    }

    /// <summary>Downloads a package into a part file, from the first feed that has it.</summary>
    /// <returns>The name of the feed.</returns>
    /// <exception cref="PSTransferException">NotAvailable: no feed has the package, or none can be reached. InvalidData: the downloaded
    /// file is another one. WriteFailed.</exception>
    public string Fetch(
        LibTorchPackage package, PartFile part, DownloadPatience patience, Action<long, long?>? progress, CancellationToken token)
    {
        List<string> reasons = [];
        Exception? last = null;
        foreach (var source in _sources)
        {
            try
            {
                if (TryFetch(source, package, part, patience, progress, token))
                {
                    return source.Name;
                }

                reasons.Add($"{Name(source)} doesn't have it");
            }
            catch (Exception error) when (IsTrouble(error) && !token.IsCancellationRequested)
            {
                reasons.Add($"{Name(source)} can't be asked: {Secrets.Masked(Words(error))}");
                last = error;
            }
        }

        var found = reasons.Count == 0 ? "no feed is configured for it" : string.Join("; ", reasons);
        throw new PSTransferException(
            FaultKind.NotAvailable,
            $"The package {package.Id} {package.Version} can't be obtained: {found}. NuGet's feeds are those of "
            + $"{(_files.Length > 0 ? _files : "nuget.config, of which there is none")}. "
            + $"Add a feed that has it (dotnet nuget list source shows them), check the network, or fetch {package.FileName} on another "
            + "machine and give it with Install-LibTorch -Path.",
            package.Id,
            last);
    }

    private static bool TryFetch(
        PackageSource source,
        LibTorchPackage package,
        PartFile part,
        DownloadPatience patience,
        Action<long, long?>? progress,
        CancellationToken token)
    {
        var identity = new PackageIdentity(package.Id, NuGetVersion.Parse(package.Version));
        var repository = Repository.Factory.GetCoreV3(source);
        if (source.IsLocal)
        {
            if (!Directory.Exists(source.Source))
            {
                throw new DirectoryNotFoundException($"the folder {source.Source} doesn't exist");
            }

            var there = Require(repository.GetResource<FindLocalPackagesResource>(token)).GetPackage(identity, NullLogger.Instance, token);
            if (there is null)
            {
                return false;
            }

            Copy(there.Path, package, part, progress, token);
            return true;
        }

        // NuGet's own rule, so that credentials aren't sent over an open connection.
        if (source.IsHttp && !source.IsHttps && !source.AllowInsecureConnections && !source.SourceUri.IsLoopback)
        {
            throw new UnusableFeedException("it is not https:// (allowInsecureConnections=\"true\" in nuget.config allows that)");
        }

        using var cache = new SourceCacheContext { NoCache = true, DirectDownload = true };
        var resource = Require(Wait(repository.GetResourceAsync<DependencyInfoResource>(token)));
        var found = Wait(resource.ResolvePackage(identity, NuGetFramework.AnyFramework, cache, NullLogger.Instance, token));
        if (found is not { DownloadUri: { } address })
        {
            return false;
        }

        var handler = Require(Wait(repository.GetResourceAsync<HttpHandlerResource>(token)));
        var route = new DownloadRoute(handler.MessageHandler, source.AllowInsecureConnections);
        new FileDownload(package, new PackageFault(package, source, part.Target), address, part, patience, route).Run(progress, token);
        return true;
    }

    private static void Copy(string path, LibTorchPackage package, PartFile part, Action<long, long?>? progress, CancellationToken token)
    {
        using var content = RegularFile.OpenStream(path);
        if (package.FindFault(content, token) is { } fault)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: this is not the package {package.Id} {package.Version} that PSTransfer was made for: {fault}. Nothing was "
                + "installed. Put the published package in its place, or disable that feed.",
                path);
        }

        part.StartOver(null);
        content.Position = 0;
        var buffer = new byte[BufferSize];
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            token.ThrowIfCancellationRequested();
            part.Append(buffer, read);
            progress?.Invoke(part.Length, package.Bytes);
        }
    }

    /// <summary>Whether another feed may do without the same error. A wrong file and a full disk stop the search.</summary>
    private static bool IsTrouble(Exception error) => error
        is NuGetProtocolException or HttpRequestException or IOException or UnauthorizedAccessException or OperationCanceledException
        or PSTransferException { Kind: FaultKind.NotAvailable }
        or AggregateException;

    /// <summary>Returns the reason of a failure: NuGet's own message says that it failed, the innermost one says why.</summary>
    private static string Words(Exception error)
    {
        if (error is PSTransferException)
        {
            return error.Message.TrimEnd('.');
        }

        var innermost = error.GetBaseException();
        return innermost == error ? error.Message.TrimEnd('.') : $"{error.Message.TrimEnd('.')} ({innermost.Message.TrimEnd('.')})";
    }

    private static string Name(PackageSource source) => $"{source.Name} ({Secrets.MaskedAddress(source.Source)})";

    private static T Require<T>(T? resource) where T : class => resource ?? throw new UnusableFeedException("it is not a NuGet feed");

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    /// <summary>Makes the errors of a package's download.</summary>
    private sealed class PackageFault(LibTorchPackage package, PackageSource source, string path) : IDownloadFault
    {
        public PSTransferException Unavailable(string reason, Exception? inner = null) =>
            new(FaultKind.NotAvailable, Secrets.Masked(reason), path, inner);

        public PSTransferException Refused(string reason) => new(
            FaultKind.InvalidData,
            $"{Name(source)}: the downloaded file is not the package {package.Id} {package.Version} that PSTransfer was made for: "
            + $"{Secrets.Masked(reason)}. "
            + "Nothing of it was kept and nothing was installed. Is there a proxy or a sign-in page on the way, or does the feed "
            + "change packages? "
            + $"Otherwise fetch {package.FileName} on another machine and give it with Install-LibTorch -Path.",
            path);
    }

    /// <summary>The error for a feed that can't be used, in PSTransfer's own words.</summary>
    private sealed class UnusableFeedException(string message) : FatalProtocolException(message);
}
