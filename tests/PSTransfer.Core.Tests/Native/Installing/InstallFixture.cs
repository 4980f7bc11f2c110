using System.IO.Compression;
using System.Security.Cryptography;
using PSTransfer.Core.Native.Installing;

namespace PSTransfer.Core.Tests.Native.Installing;

/// <summary>
/// A small package in place of libtorch's, a nuget.config that knows no feed but those of the test, and an installer for both.
/// </summary>
internal sealed class InstallFixture : IDisposable
{
    private static readonly string[] Libraries = ["torch_cpu", "torch", "c10"];

    public InstallFixture()
    {
        Environment.SetEnvironmentVariable("NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT", "1"); // or each feed that can't be reached takes long
        Environment.SetEnvironmentVariable("NUGET_ENHANCED_NETWORK_RETRY_DELAY_MILLISECONDS", "1");
        Directory.CreateDirectory(Feed);
        byte[] zip = Zip("runtimes/" + Platform.Current + "/native/");
        Package = new LibTorchPackage(
            $"libtorch-cpu-{Platform.Current}", LibTorch.Version, Platform.Current.ToString(), zip.Length, Hash(zip),
            [.. Libraries.Select(library =>
                new LibTorchPackage.Library(Platform.Current.FileName(library), Content(library).Length, Hash(Content(library))))]);
        Bytes = zip;
        Patience = new DownloadPatience { Waits = [TimeSpan.Zero], Wait = (_, token) => token.ThrowIfCancellationRequested() };
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("pstransfer-").FullName;

    /// <summary>The folder feed; empty until a test puts the package there.</summary>
    public string Feed => Path.Combine(Folder, "feed");

    public string Store => Path.Combine(Folder, "cache", "libtorch");

    public LibTorchPackage Package { get; set; }

    /// <summary>The package as published.</summary>
    public byte[] Bytes { get; }

    public string PackageFile => Path.Combine(Feed, Package.FileName);

    public DownloadPatience Patience { get; set; }

    public long? Room { get; set; } = 1L << 40;

    public List<string> Steps { get; } = [];

    public Action<string>? OnStep { get; set; }

    public LibTorchInstaller Installer => new(Store, Package, Platform.Current, Folder, Patience, _ => Room);

    public static byte[] Content(string library)
    {
        var bytes = new byte[50_000];
        new Random(library.Length).NextBytes(bytes);
        return bytes;
    }

    public void Publish() => File.WriteAllBytes(PackageFile, Bytes);

    /// <summary>Feeds for nuget.config; without any, the folder feed.</summary>
    public void Configure(params string[] sources) => File.WriteAllText(
        Path.Combine(Folder, "nuget.config"),
        $"<configuration><packageSources><clear/>{string.Concat(sources.Select((source, at) => $"<add key=\"feed{at}\" value=\"{source}\" protocolVersion=\"3\" />"))}</packageSources><disabledPackageSources><clear/></disabledPackageSources><packageSourceMapping><clear/></packageSourceMapping></configuration>");

    public InstalledLibTorch Install(string? path = null, bool force = false)
    {
        var installer = Installer;
        return installer.Install(
            installer.Prepare(path),
            force,
            (step, _, _) =>
            {
                Steps.Add(step);
                OnStep?.Invoke(step);
            },
            TestContext.Current.CancellationToken);
    }

    public PSTransferException Fails(FaultKind kind, string? path = null)
    {
        var error = Assert.Throws<PSTransferException>(() => Install(path));
        Assert.Equal(kind, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
        AssertNothing();
        return error;
    }

    /// <summary>Nothing is installed, and nothing half.</summary>
    public void AssertNothing()
    {
        Assert.Null(Installer.Installed);
        Assert.Empty(Directory.Exists(Store) ? Directory.GetDirectories(Store) : []);
    }

    public void AssertWhole(InstalledLibTorch installed)
    {
        Assert.Equal(Path.Combine(Store, $"{LibTorch.Version}-{Platform.Current}"), installed.Path);
        Assert.Equal("cpu", installed.Build);
        Assert.Equal(installed, Installer.Installed);
        foreach (var library in Libraries)
        {
            Assert.Equal(Content(library), File.ReadAllBytes(Path.Combine(installed.Path, Platform.Current.FileName(library))));
        }

        Assert.Equal([installed.Path], Directory.GetFileSystemEntries(Store)); // no lock, no download, no other folder
        Assert.Equal(Libraries.Length + 1, Directory.GetFiles(installed.Path).Length); // what nothing needs isn't there
    }

    /// <summary>The libraries alone in a folder.</summary>
    public string Unpacked()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "unpacked")).FullName;
        foreach (var library in Libraries)
        {
            File.WriteAllBytes(Path.Combine(folder, Platform.Current.FileName(library)), Content(library));
        }

        return folder;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA512.HashData(bytes));

    private static byte[] Zip(string native)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write($"libtorch-cpu-{Platform.Current}.nuspec", Encoding.UTF8.GetBytes(
                $"<package><metadata><id>libtorch-cpu-{Platform.Current}</id><version>{LibTorch.Version}</version><authors>a</authors><description>d</description></metadata></package>"));
            foreach (var library in (string[])[.. Libraries, "torch_python"])
            {
                Write(native + Platform.Current.FileName(library), Content(library));
            }

            void Write(string name, byte[] content)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
