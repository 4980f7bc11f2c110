namespace PSTransfer.Core.Tests.Files;

/// <summary>The systems' numbers, each on its own system and on those where it means something else.</summary>
public sealed class WriteFaultTests
{
    [Theory]
    [InlineData("linux", 28, "the disk is full")]
    [InlineData("osx", 28, "the disk is full")]
    [InlineData("linux", 122, "the disk is full")]
    [InlineData("osx", 69, "the disk is full")]
    [InlineData("linux", 69, "close the programs that use the file")]
    [InlineData("osx", 122, "close the programs that use the file")]
    [InlineData("win", unchecked((int)0x80070070), "the disk is full")]
    [InlineData("win", unchecked((int)0x80070510), "the disk is full")]
    [InlineData("linux", 30, "the disk is read-only")]
    [InlineData("win", unchecked((int)0x80070013), "the disk is read-only")]
    [InlineData(
        "win", unchecked((int)0x8007007B), "the name is too long, or has characters that Windows doesn't allow in names; choose another")]
    [InlineData("win", unchecked((int)0x80070020), "another program has the file open; close that program")]
    public void AnErrorOfTheSystemIsToldByWhatItMeansThere(string system, int error, string expected) =>
        Assert.StartsWith(expected, WriteFault.Reason(new IOException("the system's words", error), "/folder", system)
            .Replace("the system's words; ", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);

    [Theory]
    [InlineData(@"C:\runs\run 12:30.ckpt", "run 12:30.ckpt has a colon")]
    [InlineData(@"C:\runs\model.safetensors:hidden", "model.safetensors:hidden has a colon")]
    [InlineData(@"\\server\share\a:b", "a:b has a colon")]
    [InlineData(@"\\.\CON", "CON is the name of a device on Windows")]
    [InlineData(@"C:\runs\run 12.30.ckpt", null)]
    [InlineData(@"\\?\C:\runs\run.ckpt", null)]
    [InlineData(@"C:\", null)]
    [InlineData("C:", null)]
    public void ANameThatWindowsTakesForSomethingElseIsRefused(string fullPath, string? expected)
    {
        var fault = WriteFault.OfName(fullPath, "win");

        Assert.Equal(expected is null, fault is null);
        Assert.StartsWith(expected ?? string.Empty, fault ?? string.Empty, StringComparison.Ordinal);
        Assert.Null(WriteFault.OfName(fullPath, "linux"));
        Assert.Null(WriteFault.OfName(fullPath, "osx"));
    }

    [Fact]
    public void TheNameIsLookedAtBeforeAnythingIsComputed()
    {
        using var folder = new TempFolder();
        var path = folder.File("run 12:30.ckpt");
        if (OperatingSystem.IsWindows())
        {
            Assert.Contains(
                "has a colon",
                Assert.Throws<PSTransferException>(() => AtomicFile.RequireWritable(path)).Message,
                StringComparison.Ordinal);
            Assert.Contains(
                "has a colon",
                Assert.Throws<PSTransferException>(() => AtomicFile.RequireWritableFolder(path)).Message,
                StringComparison.Ordinal);
        }
        else
        {
            AtomicFile.Write(path, overwrite: false, "a colon is a letter here");
            Assert.True(File.Exists(path));
        }
    }
}
