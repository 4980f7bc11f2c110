namespace PSTransfer.Core.Tests.Files;

/// <summary>What can be told before anything is written.</summary>
public sealed partial class AtomicFileTests
{
    [Fact]
    public void APathThatCanBeWrittenIsLeftAsItIs()
    {
        string path = _folder.File("model [1] 猫.bin", [1, 2, 3]);
        AtomicFile.RequireWritable(path);
        AtomicFile.RequireWritable(_folder.File("new.bin"));
        Assert.Equal<byte>([1, 2, 3], File.ReadAllBytes(path));
        Assert.Single(_folder.Names());
    }

    [Fact]
    public void APathThatCantBeWrittenIsToldBeforehand()
    {
        AssertRefused(_folder.File("missing/model.bin"), FaultKind.NotFound, "doesn't exist");
        AssertRefused(_folder.Path, FaultKind.WriteFailed, "it is a folder");
        AssertRefused(_folder.File(new string('x', 300)), FaultKind.WriteFailed, "too long");
        if (OperatingSystem.IsLinux())
        {
            AssertRefused("/proc/self/model.bin", FaultKind.WriteFailed, "/proc/self/model.bin can't be written");
        }

        static void AssertRefused(string path, FaultKind kind, string what)
        {
            var error = Assert.Throws<PSTransferException>(() => AtomicFile.RequireWritable(path));
            Assert.Equal(kind, error.Kind);
            Assert.Contains(what, error.Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void AFolderIsMadeWhereItIsntThere()
    {
        AtomicFile.RequireWritableFolder(_folder.File("a [1]/b"));
        AtomicFile.RequireWritableFolder(_folder.File("a [1]/b"));
        Assert.Equal(["a [1]"], _folder.Names());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.File("a [1]/b")));
    }

    [Fact]
    public void AFolderThatCantBeWrittenIsToldBeforehand()
    {
        string file = _folder.File("file", [1]);
        AssertRefused(file, $"{file} can't be written: it is a file; give the path of a folder.");
        AssertRefused(
            _folder.File("file/a/b"), $"a{Path.DirectorySeparatorChar}b can't be written: {file} is a file; give the path of a folder.");
        AssertRefused(_folder.File(new string('x', 300)), "too long");
        AssertRefused(_folder.File("a\0b"), "it is not a valid path");

        static void AssertRefused(string path, string what)
        {
            var error = Assert.Throws<PSTransferException>(() => AtomicFile.RequireWritableFolder(path));
            Assert.Equal(FaultKind.WriteFailed, error.Kind);
            Assert.Contains(what, error.Message.Replace('/', Path.DirectorySeparatorChar), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void AReadOnlyFolderIsToldBeforehand()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "folders have no write permission to take away");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var error = Assert.Throws<PSTransferException>(() => AtomicFile.RequireWritable(_folder.File("model.bin")));
            Assert.Contains("denied", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void AFileThatAnotherProgramHoldsIsToldBeforehand()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "only Windows keeps others from replacing an open file");
        string path = _folder.File("model.bin", [1]);
        using var held = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None);
        var error = Assert.Throws<PSTransferException>(() => AtomicFile.RequireWritable(path));
        Assert.Contains("another program has the file open", error.Message, StringComparison.Ordinal);
    }
}
