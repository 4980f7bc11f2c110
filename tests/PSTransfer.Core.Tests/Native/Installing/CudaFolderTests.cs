using PSTransfer.Core.Native.Installing;

namespace PSTransfer.Core.Tests.Native.Installing;

/// <summary>
/// A folder with a CUDA build: what can be checked of it without a GPU. Its libraries are small ones of this machine under other names.
/// </summary>
public sealed class CudaFolderTests : IDisposable
{
    private readonly InstallFixture _it = new();
    private readonly string _folder;

    public CudaFolderTests()
    {
        Assert.SkipUnless(Platform.Current.ToString() == "linux-x64", "takes a library of Linux for x64 for all of them");
        _folder = Directory.CreateDirectory(Path.Combine(_it.Folder, "libtorch", "lib")).FullName;
        foreach (var library in new[] { "torch_cpu", "torch", "torch_cuda", "c10", "c10_cuda", "torch_python" })
        {
            File.Copy(Path.Combine(LibTorch.OwnFolder, "libtorch.so"), Library(library));
        }

        File.WriteAllText(Path.Combine(_folder, "..", "build-version"), "2.10.0+cu128\n");
    }

    public void Dispose() => _it.Dispose();

    [Fact]
    public void ItIsCopiedWithoutWhatNothingNeeds()
    {
        Assert.Contains("copy the CUDA build of libtorch 2.10.0 from ", _it.Installer.Prepare(_folder).Text, StringComparison.Ordinal);

        var installed = _it.Install(_folder);

        Assert.Equal("cu128", installed.Build);
        Assert.True(File.Exists(Path.Combine(installed.Path, "libtorch_cuda.so")));
        Assert.False(File.Exists(Path.Combine(installed.Path, "libtorch_python.so")));
        Assert.Equal("2.10.0", LibTorchFolder.DeclaredVersion(installed.Path));
    }

    [Fact]
    public void TheFolderAboveWillDo() => Assert.Equal("cu128", _it.Install(Path.GetDirectoryName(_folder)).Build);

    [Fact]
    public void AnotherVersionIsRefused()
    {
        File.WriteAllText(Path.Combine(_folder, "..", "build-version"), "2.7.1+cu128\n");
        Assert.StartsWith(
            $"{_folder}: expected a build of libtorch 2.10.0, found version 2.7.1.",
            _it.Fails(FaultKind.InvalidData, _folder).Message,
            StringComparison.Ordinal);

        File.Delete(Path.Combine(_folder, "..", "build-version"));
        Assert.Contains(
            "found version unknown (another one, or none declared)",
            _it.Fails(FaultKind.InvalidData, _folder).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheCodeSaysTheVersionWhereNoFileDoes()
    {
        using var cpu = File.OpenRead(Path.Combine(LibTorch.OwnFolder, "libtorch_cpu.so"));
        Assert.True(NativeImage.SaysVersion(cpu, new Version(2, 10, 0)));
        Assert.False(NativeImage.SaysVersion(cpu, new Version(2, 9, 0)));
        Assert.False(NativeImage.SaysVersion(cpu, new Version(2, 10, 1)));
    }

    [Fact]
    public void AHalfLibraryIsNamed()
    {
        var cut = Library("c10_cuda");
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^1]);
        Assert.StartsWith(
            $"{cut}: it is cut off: by its header it has at least ",
            _it.Fails(FaultKind.InvalidData, _folder).Message,
            StringComparison.Ordinal);

        File.WriteAllText(cut, "no library");
        Assert.StartsWith($"{cut}: it is no library of Linux", _it.Fails(FaultKind.InvalidData, _folder).Message, StringComparison.Ordinal);

        File.Delete(cut);
        Assert.Contains(
            "has libtorch_cuda.so but no libc10_cuda.so: was the folder copied whole?",
            _it.Fails(FaultKind.InvalidData, _folder).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("win", "x64", "it is no library of Windows")]
    [InlineData("linux", "x64", null)]
    public void ALibraryOfAnotherPlatformIsNamed(string system, string architecture, string? fault)
    {
        using var file = File.OpenRead(Library("torch"));

        Assert.Equal(fault, NativeImage.FindFault(file, new Platform(system, architecture, false)));
    }

    [Fact]
    public void AnAssemblyOfWindowsIsMeasuredByItsSections()
    {
        var bytes = File.ReadAllBytes(typeof(CudaFolderTests).Assembly.Location);
        BitConverter.GetBytes((ushort)0x8664).CopyTo(bytes, BitConverter.ToInt32(bytes, 60) + 4);
        var windows = new Platform("win", "x64", false);

        Assert.Null(NativeImage.FindFault(new MemoryStream(bytes), windows));
        Assert.Contains("it is cut off", NativeImage.FindFault(new MemoryStream(bytes[..^1024]), windows), StringComparison.Ordinal);
        Assert.Equal("it is no library for win-arm64", NativeImage.FindFault(new MemoryStream(bytes), new Platform("win", "arm64", false)));
    }

    private string Library(string name) => Path.Combine(_folder, Platform.Current.FileName(name));
}
