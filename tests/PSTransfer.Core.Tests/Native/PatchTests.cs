using System.Security.Cryptography;
using PSTransfer.Build;

namespace PSTransfer.Core.Tests.Native;

/// <summary>The build step that makes TorchSharp's native library load on Debian 12 and Ubuntu 22.04.</summary>
public class PatchTests
{
    private const string Name = "libLibTorchSharp.so";

    // sha256sum of runtimes/linux-x64/native/libLibTorchSharp.so in the package torchsharp 0.107.0.
    private const string Published = "cf33b1b0bb6bbb9754a768fb5c5d04d9f498603be50e73f55621a0b40ee608b8";

    /// <summary>Where NuGet keeps packages.</summary>
    internal static string Packages => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } packages
        ? packages
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string Cached => Path.Combine(
        Packages,
        "torchsharp", "0.107.0", "runtimes", "linux-x64", "native", Name);

    [Fact]
    public void ThePackageCacheKeepsThePublishedFile() =>
        Assert.Equal(Published, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Cached))));

    [Fact]
    public void TheOutputIsThePublishedFileWithItsThreeEdits()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is Linux'");
        byte[] edited = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, Name));
        byte[] published = File.ReadAllBytes(Cached);

        var changed = Enumerable.Range(0, published.Length).Where(i => published[i] != edited[i]).ToList();

        Assert.Equal(published.Length, edited.Length);
        // hash (4 bytes at most) and name (4) of the version entry, the symbol's version (2), "getpid" and its end (7).
        Assert.InRange(changed.Count, 10, 17);
        // The loader's table of names comes first in the file; the linker's, which nothing reads at run time, still has the name.
        Assert.Equal("getpid\0", Encoding.ASCII.GetString(edited, IndexOf(published, "_ZSt21ios_base_library_initv"), 7));
        Assert.True(LibTorchSharpPatch.Apply(published));
        Assert.Equal(published, edited);
    }

    [Fact]
    public void AFileThatDoesNotNeedItStaysAsItIs()
    {
        byte[] image = File.ReadAllBytes(Cached);
        LibTorchSharpPatch.Apply(image);
        byte[] once = [.. image];

        Assert.False(LibTorchSharpPatch.Apply(image));
        Assert.Equal(once, image);
    }

    [Theory]
    [InlineData("_ZSt21ios_base_library_initv", "_ZSt21ios_base_library_inits", "only _ZSt21ios_base_library_initv was expected")]
    [InlineData("GLIBCXX_3.4.30", "GLIBCXX_3.4.31", "but not GLIBCXX_3.4.30")]
    public void AnotherSymbolOrAnotherRuntimeIsRefused(string text, string other, string message)
    {
        byte[] image = File.ReadAllBytes(Cached);
        Encoding.ASCII.GetBytes(other).CopyTo(image, IndexOf(image, text));

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => LibTorchSharpPatch.Apply(image)).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(100_000)]
    [InlineData(2_390_000)]
    public void ACutFileIsRefused(int length)
    {
        byte[] image = File.ReadAllBytes(Cached)[..length];

        Assert.Throws<InvalidDataException>(() => LibTorchSharpPatch.Apply(image));
    }

    private static int IndexOf(byte[] image, string text) => image.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));
}
