using System.Globalization;
using PSTransfer.Core.Downloads;

namespace PSTransfer.Core.Native.Installing;

/// <summary>libtorch's NuGet package for one platform. It is pinned by its hash: only this very file is accepted from a feed.</summary>
/// <param name="Id">The package's name, such as libtorch-cpu-linux-x64.</param>
/// <param name="Version">The version, such as 2.10.0.</param>
/// <param name="Platform">The platform, such as linux-x64.</param>
/// <param name="Bytes">The package's length in bytes.</param>
/// <param name="Sha512">The package's SHA-512, hexadecimal, lower case.</param>
/// <param name="Files">The libraries that are unpacked. The package's other libraries aren't needed.</param>
internal sealed record LibTorchPackage(
    string Id, string Version, string Platform, long Bytes, string Sha512, IReadOnlyList<LibTorchPackage.Library> Files)
    : IPublishedFile
{
    private const string Resource = "libtorch-packages.txt";

    /// <summary>The package's file name on feeds: libtorch-cpu-linux-x64.2.10.0.nupkg.</summary>
    public string FileName => $"{Id}.{Version}.nupkg";

    /// <summary>The total size of all libraries in bytes.</summary>
    public long UnpackedBytes => Files.Sum(file => file.Bytes);

    /// <summary>The libraries' folder inside the package.</summary>
    public string NativeFolder => $"runtimes/{Platform}/native";

    /// <inheritdoc/>
    public bool IsPinned => true;

    /// <inheritdoc/>
    public long LeastLength => Bytes;

    /// <inheritdoc/>
    public long MostLength => Bytes;

    /// <summary>Returns the package for a platform.</summary>
    /// <exception cref="PSTransferException">NotAvailable: there is no libtorch for the platform.</exception>
    public static LibTorchPackage Of(Platform platform)
    {
        LibTorchFolder.CheckPlatform(platform);
        using var stream = typeof(LibTorchPackage).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly has no resource {Resource}.");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), platform.ToString(), LibTorch.Version);
    }

    /// <summary>Reads lines of SHA-512, bytes and name. A name is a package's file, or a platform and one of its libraries.</summary>
    internal static LibTorchPackage Parse(string text, string platform, string version)
    {
        var pins = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(' '))
            .Select(parts => new Library(parts[2], long.Parse(parts[1], CultureInfo.InvariantCulture), parts[0]))
            .ToList();
        var id = $"libtorch-cpu-{platform}";
        var package = pins.Single(pin => pin.Name == $"{id}.{version}.nupkg");
        var folder = platform + "/";
        return new(id, version, platform, package.Bytes, package.Sha512,
            [
                .. pins.Where(pin => pin.Name.StartsWith(folder, StringComparison.Ordinal))
                    .Select(pin => pin with { Name = pin.Name[folder.Length..] }),
            ]);
    }

    /// <inheritdoc/>
    public string? FindFault(Stream content, CancellationToken token) => FindFault(content, Bytes, Sha512, token);

    /// <summary>Says what is wrong with a file that should have this length and hash; null if nothing is.</summary>
    internal static string? FindFault(Stream content, long bytes, string sha512, CancellationToken token)
    {
        if (content.Length != bytes)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it has {content.Length:N0} bytes, but expected {bytes:N0}");
        }

        content.Position = 0;
        var found = PublishedHash.Of(PublishedHashKind.Sha512, content, token);
        return found == sha512 ? null : $"its SHA-512 is {found[..16]}..., but expected {sha512[..16]}...";
    }

    /// <summary>A library of the package.</summary>
    /// <param name="Name">The library's file name, such as libtorch_cpu.so.</param>
    /// <param name="Bytes">The library's length in bytes.</param>
    /// <param name="Sha512">The library's SHA-512, hexadecimal, lower case.</param>
    internal sealed record Library(string Name, long Bytes, string Sha512);
}
