namespace PSTransfer.Core.Tests.Native;

/// <summary>Every way in which libtorch can be missing or wrong is one sentence, said before TorchSharp tries.</summary>
public sealed class LibTorchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pstransfer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TheVersionIsTorchSharps()
    {
        LibTorch.EnsureLoaded();
        Assert.Equal(TorchSharp.torch.__version__, LibTorch.Version + ".0");
    }

    [Fact]
    public void ManyThreadsMayAskAtOnce() => Parallel.For(0, 32, _ => LibTorch.EnsureLoaded());

    [Theory]
    [InlineData("linux", "arm64", false, "linux-arm64")]
    [InlineData("linux", "x64", true, "linux-musl-x64")]
    [InlineData("win", "x86", false, "win-x86")]
    [InlineData("osx", "x64", false, "osx-x64")]
    [InlineData("other", "x64", false, "other-x64")]
    public void APlatformWithoutLibtorchIsNamed(string system, string architecture, bool musl, string name)
    {
        var e = NotAvailable(() => LibTorchFolder.CheckPlatform(new Platform(system, architecture, musl)));

        Assert.StartsWith($"There is no libtorch for {name}:", e.Message);
    }

    [Theory]
    [InlineData("linux", "x64")]
    [InlineData("win", "x64")]
    [InlineData("win", "arm64")]
    [InlineData("osx", "arm64")]
    public void APlatformWithLibtorchPasses(string system, string architecture) =>
        Assert.Null(Record.Exception(() => LibTorchFolder.CheckPlatform(new Platform(system, architecture, false))));

    [Fact]
    public void AFolderThatIsNotThereIsNamed()
    {
        string missing = Path.Combine(_folder, "none");

        Assert.StartsWith(
            $"PSTRANSFER_LIBTORCH names the folder {missing}, which doesn't exist",
            NotAvailable(() => LibTorchFolder.CheckFiles(missing)).Message);
    }

    [Fact]
    public void WhereNoneIsInstalledTheOneCommandIsNamed()
    {
        string? named = Environment.GetEnvironmentVariable(LibTorch.FolderVariable);
        Assert.SkipUnless(
            string.IsNullOrEmpty(named) && !Directory.Exists(LibTorch.InstalledFolder), "libtorch is named or installed on this machine");

        Assert.Equal(
            $"libtorch 2.10.0 is not installed (looked in {LibTorch.OwnFolder} and {LibTorch.InstalledFolder}): run Install-LibTorch "
            + "once, which says what it fetches and how much room that takes.",
            NotAvailable(() => LibTorchFolder.CheckFiles(LibTorch.InstalledFolder)).Message);
    }

    [Fact]
    public void AFolderWithoutLibtorchIsNamedWithTheFile()
    {
        var e = NotAvailable(() => LibTorchFolder.CheckFiles(_folder));

        Assert.StartsWith(
            $"PSTRANSFER_LIBTORCH names the folder {_folder}, which has no {Platform.Current.FileName("torch_cpu")}", e.Message);
        Assert.Equal(Path.Combine(_folder, Platform.Current.FileName("torch_cpu")), e.Target);
    }

    [Theory]
    [InlineData("build-version", "2.7.1+cu128\n", "2.7.1")]
    [InlineData("../version.py", "from typing import Optional\n__version__ = '2.11.0+cpu'\n", "2.11.0")]
    public void AnotherVersionIsRefusedWithBothNamed(string file, string content, string version)
    {
        string lib = WithFiles();
        File.WriteAllText(Path.Combine(lib, file), content);

        var e = NotAvailable(() => LibTorchFolder.CheckFiles(lib));

        Assert.StartsWith($"The libtorch in {lib} is version {version}, but TorchSharp needs 2.10.0", e.Message);
    }

    [Fact]
    public void TheSameVersionPasses()
    {
        string lib = WithFiles();
        File.WriteAllText(Path.Combine(lib, "../build-version"), "2.10.0+cu128\n");

        Assert.Null(Record.Exception(() => LibTorchFolder.CheckFiles(lib)));
    }

    [Fact]
    public void ALibraryThatDoesNotSayItsVersionIsAskedAfterLoading()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "loads a library of Linux");
        nint c = System.Runtime.InteropServices.NativeLibrary.Load("libc.so.6");

        Assert.Contains("is version older than 2.7, but", NotAvailable(() => LibTorchFolder.CheckLoadedVersion(c, _folder)).Message);
        nint torch = NativeLoader.Load(LibTorch.OwnFolder, "torch_cpu");
        Assert.Null(Record.Exception(() => LibTorchFolder.CheckLoadedVersion(torch, _folder)));
    }

    [Fact]
    public void ATextFileInPlaceOfALibraryIsNamed()
    {
        string lib = WithFiles();

        var e = NotAvailable(() => NativeLoader.Load(lib, "torch_cpu"));

        Assert.StartsWith(
            $"{Path.Combine(lib, Platform.Current.FileName("torch_cpu"))} is not a library for {Platform.Current}:", e.Message);
    }

    [Fact]
    public void ARuntimeOlderThanALibraryNeedsIsNamed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "edits a library of Linux");
        // The loader finds versions by their hash and reports them by their name: with a hash that no runtime has, it reports this one.
        byte[] image = File.ReadAllBytes(Path.Combine(LibTorch.OwnFolder, "libLibTorchSharp.so"));
        byte[] hash = BitConverter.GetBytes(ElfHash("GLIBCXX_3.4.30"));
        for (int i; (i = image.AsSpan().IndexOf(hash)) >= 0;)
            BitConverter.GetBytes(ElfHash("GLIBCXX_9.9.99")).CopyTo(image, i);
        File.WriteAllBytes(Path.Combine(_folder, "libLibTorchSharp.so"), image);

        var e = NotAvailable(() => NativeLoader.Load(_folder, "LibTorchSharp"));

        Assert.Contains("this system's C++ runtime is too old, it lacks GLIBCXX_3.4.30", e.Message);
    }

    [Theory]
    [InlineData(
        "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /x/libc10.so)",
        "C runtime is too old, it lacks GLIBC_2.34")]
    [InlineData(
        "libgomp-98b21ff3.so.1: cannot open shared object file: No such file or directory", "it needs libgomp-98b21ff3.so.1, which")]
    [InlineData(
        "/x/libc10.so: cannot allocate memory in static TLS block",
        "the system says \"/x/libc10.so: cannot allocate memory in static TLS block\"")]
    public void WhatTheLoaderSaysBecomesASentence(string loader, string expected) =>
        Assert.Contains(expected, NativeLoader.Explain("/x/libc10.so", loader));

    /// <summary>What dyld says, with the folders of people's issues replaced.</summary>
    [Theory]
    [InlineData(
        "dlopen(/x/libtorch_cpu.dylib, 0x0001): Library not loaded: @rpath/libc10.dylib\n  Referenced from: "
        + "<A671B878-4D06-37B0-BF44-D143DE87C287> /x/libtorch_cpu.dylib\n"
        + "  Reason: tried: '/builder/work/pytorch/pytorch/pytorch/build/lib/libc10.dylib' (no such file), "
        + "'/System/Volumes/Preboot/Cryptexes/OS/builder/work/pytorch/pytorch/pytorch/build/lib/libc10.dylib' (no such file)",
        "/x/libtorch_cpu.dylib can't be loaded: it needs @rpath/libc10.dylib, which the system doesn't find; put libc10.dylib into /x.")]
    [InlineData(
        "dlopen(/x/libtorch_cpu.dylib, 0x0001): Library not loaded: /opt/homebrew/opt/libomp/lib/libomp.dylib\n  Referenced from: "
        + "<A671B878-4D06-37B0-BF44-D143DE87C287> /x/libtorch_cpu.dylib\n"
        + "  Reason: tried: '/opt/homebrew/opt/libomp/lib/libomp.dylib' (no such file), '/usr/local/lib/libomp.dylib' (no such file), "
        + "'/usr/lib/libomp.dylib' (no such file, not in dyld cache)",
        "it needs /opt/homebrew/opt/libomp/lib/libomp.dylib, which the system doesn't find; put libomp.dylib into /x, or install "
        + "Homebrew's with brew install libomp.")]
    [InlineData(
        "dlopen(/x/libtorch_cpu.dylib, 0x000A): Library not loaded: '/opt/homebrew/opt/libomp/lib/libomp.dylib'\n  Referenced from: "
        + "'/x/libtorch_cpu.dylib'\n  Reason: tried: '/opt/homebrew/opt/libomp/lib/libomp.dylib' (no such file)",
        "it needs /opt/homebrew/opt/libomp/lib/libomp.dylib, which")]
    [InlineData(
        "dlopen(/x/libtorch_cpu.dylib, 0x0001): Symbol not found: __ZNSt3__113basic_filebufIcNS_11char_traitsIcEEE4openEPKcj\n"
        + "  Referenced from: <3E1D5E0A-98A1-3F0F-8B12-2F5E57A4E0D1> /x/libLibTorchSharp.dylib (built for macOS 15.0 which is newer "
        + "than running OS)\n  Expected in: /usr/lib/libc++.1.dylib",
        "/x/libtorch_cpu.dylib can't be loaded: it needs macOS 15.0 or newer.")]
    [InlineData(
        "dlopen(/x/libtorch_cpu.dylib, 0x0001): tried: '/x/libtorch_cpu.dylib' (mach-o file, but is an incompatible architecture "
        + "(have 'x86_64', need 'arm64e' or 'arm64'))",
        "/x/libtorch_cpu.dylib is not a library for ")]
    public void WhatMacOSLoaderSaysBecomesASentence(string loader, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the paths are macOS'");
        var sentence = NativeLoader.Explain("/x/libtorch_cpu.dylib", loader);
        Assert.Contains(expected, sentence);
        Assert.DoesNotContain('\n', sentence);
    }

    /// <summary>A folder lib with text files in place of libraries, in a folder of its own.</summary>
    private string WithFiles()
    {
        string lib = Directory.CreateDirectory(Path.Combine(_folder, "lib")).FullName;
        foreach (string library in new[] { "torch_cpu", "torch", "c10" })
            File.WriteAllText(
                Path.Combine(lib, Platform.Current.FileName(library)),
                "not a library, and longer than an ELF header is, to be refused for what it says\n");
        return lib;
    }

    private static PSTransferException NotAvailable(Action action)
    {
        var e = Assert.Throws<PSTransferException>(action);
        Assert.Equal(FaultKind.NotAvailable, e.Kind);
        Assert.DoesNotContain('\n', e.Message);
        return e;
    }

    private static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (char c in name)
        {
            hash = (hash << 4) + c;
            uint high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }
        return hash;
    }
}
