namespace PSTransfer.Core.Tests.Files;

public sealed partial class AtomicFileTests : IDisposable
{
    private const int UnixNoSpace = 28;
    private const int UnixReadOnly = 30;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("plain.bin")]
    [InlineData("model [1].bin")]
    [InlineData("Kätzchen 猫.bin")]
    [InlineData("'quoted' $name.bin")]
    public void WritesAFileOfAnyName(string name)
    {
        AtomicFile.Write(_folder.File(name), overwrite: false, stream => stream.Write("whole"u8));

        Assert.Equal("whole", File.ReadAllText(_folder.File(name)));
        Assert.Equal([name], _folder.Names());
    }

    [Fact]
    public void WritesAFileWhoseNameIsAsLongAsAllowed()
    {
        string name = new('x', 255);

        AtomicFile.Write(_folder.File(name), overwrite: false, stream => stream.Write("whole"u8));

        Assert.Equal([name], _folder.Names());
    }

    [Fact]
    public void ReplacesAnExistingFileWhenAsked()
    {
        string path = _folder.File("model.bin", [1, 2, 3]);

        AtomicFile.Write(path, overwrite: true, stream => stream.WriteByte(9));

        Assert.Equal<byte>([9], File.ReadAllBytes(path));
        Assert.Equal(["model.bin"], _folder.Names());
    }

    [Fact]
    public void ALinkStaysALinkAndItsTargetIsWritten()
    {
        Directory.CreateDirectory(_folder.File("elsewhere"));
        string target = _folder.File("elsewhere/model.bin", [1, 2, 3]);
        string link = SymbolicLink.ToFile(_folder.File("link.bin"), target);

        AtomicFile.Write(link, overwrite: true, stream => stream.WriteByte(9));

        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.Equal<byte>([9], File.ReadAllBytes(target));
        Assert.Equal(["elsewhere", "link.bin"], _folder.Names());
    }

    [Fact]
    public void ALinkThatLeadsToNothingIsAFileThatExistsAndIsReplacedAtItsTarget()
    {
        string link = SymbolicLink.ToFile(_folder.File("link.bin"), _folder.File("target.bin"));

        var fault = Assert.Throws<PSTransferException>(() => AtomicFile.Write(link, overwrite: false, stream => stream.WriteByte(9)));
        Assert.Equal(FaultKind.AlreadyExists, fault.Kind);
        Assert.Equal(["link.bin"], _folder.Names());

        AtomicFile.Write(link, overwrite: true, stream => stream.WriteByte(9));
        Assert.Equal(["link.bin", "target.bin"], _folder.Names());
        Assert.NotNull(new FileInfo(link).LinkTarget);
    }

    [Fact]
    public void LinksInACircleAreRefused()
    {
        string link = SymbolicLink.ToFile(_folder.File("a"), _folder.File("b"));
        SymbolicLink.ToFile(_folder.File("b"), link);

        var fault = Assert.Throws<PSTransferException>(() => AtomicFile.Write(link, overwrite: true, stream => stream.WriteByte(9)));
        Assert.Equal(FaultKind.WriteFailed, fault.Kind);
        Assert.Equal(["a", "b"], _folder.Names());
    }

    [Fact]
    public void APipeOrADeviceIsRefusedAlsoBehindALink()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "devices aren't files there");
        using (var made = System.Diagnostics.Process.Start("mkfifo", _folder.File("pipe")))
        {
            made.WaitForExit();
        }

        SymbolicLink.ToFile(_folder.File("null"), "/dev/null");
        foreach (string path in new[] { _folder.File("pipe"), _folder.File("null"), "/dev/null" })
        {
            var fault = Assert.Throws<PSTransferException>(() => AtomicFile.Write(path, overwrite: true, stream => stream.WriteByte(9)));
            Assert.Equal(FaultKind.WriteFailed, fault.Kind);
            Assert.Contains("expected a regular file, found a ", fault.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["null", "pipe"], _folder.Names());
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite)]
    public void AReplacedFileHandsOnItsPermissionsBeforeAnythingIsWritten(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("permissions are others there");
            return;
        }

        string path = _folder.File("secret.bin", [1, 2, 3]);
        File.SetUnixFileMode(path, mode);

        AtomicFile.Write(path, overwrite: true, stream => Assert.Equal(mode, new FileInfo(((FileStream)stream).Name).UnixFileMode));

        Assert.Equal(mode, File.GetUnixFileMode(path));
    }

    [Fact]
    public void TheOldFileIsThereUntilTheNewOneIsWhole()
    {
        string path = _folder.File("model.bin", [1, 2, 3]);

        AtomicFile.Write(path, overwrite: true, stream =>
        {
            stream.Write(new byte[1 << 20]);
            stream.Flush();
            Assert.Equal<byte>([1, 2, 3], File.ReadAllBytes(path));
        });

        Assert.Equal(1 << 20, new FileInfo(path).Length);
    }

    [Fact]
    public void RefusesAnExistingFileBeforeWriting()
    {
        string path = _folder.File("model.bin", [1, 2, 3]);

        var error = Assert.Throws<PSTransferException>(() => AtomicFile.Write(path, overwrite: false, _ => Assert.Fail("written")));

        Assert.Equal(FaultKind.AlreadyExists, error.Kind);
        Assert.Contains($"{path} exists; use -Force", error.Message, StringComparison.Ordinal);
        Assert.Equal<byte>([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void RefusesAFileThatAppearedMeanwhile()
    {
        string path = _folder.File("model.bin");

        var error = Assert.Throws<PSTransferException>(() => AtomicFile.Write(path, overwrite: false, _ => File.WriteAllBytes(path, [7])));

        Assert.Equal(FaultKind.AlreadyExists, error.Kind);
        Assert.Equal<byte>([7], File.ReadAllBytes(path));
        Assert.Equal(["model.bin"], _folder.Names());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFailingWriterLeavesEverythingAsItWas(bool existing)
    {
        string path = existing ? _folder.File("model.bin", [1, 2, 3]) : _folder.File("model.bin");
        string[] before = _folder.Names();

        Assert.Throws<FormatException>(() => AtomicFile.Write(path, overwrite: true, stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new FormatException();
        }));

        Assert.Equal(before, _folder.Names());
        Assert.All(before, name => Assert.Equal<byte>([1, 2, 3], File.ReadAllBytes(_folder.File(name))));
    }

    [Fact]
    public void AFullDiskIsNamed()
    {
        string path = _folder.File("model.bin", [1]);

        var error = Assert.Throws<PSTransferException>(() =>
            AtomicFile.Write(path, overwrite: true, _ => throw new IOException("No space left on device", UnixNoSpace)));

        Assert.Contains($"{path} can't be written: the disk is full", error.Message, StringComparison.Ordinal);
        Assert.Equal(["model.bin"], _folder.Names());
    }

    /// <summary>Its error is a plain IOException, like that of a file which another program holds.</summary>
    [Fact]
    public void AReadOnlyDiskIsNamed()
    {
        var error = Assert.Throws<PSTransferException>(() =>
            AtomicFile.Write(
                _folder.File("model.bin"), overwrite: true, _ => throw new IOException("Read-only file system", UnixReadOnly)));

        Assert.EndsWith(
            "can't be written: the disk is read-only; choose a folder on another one.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFolderIsNamed()
    {
        string folder = _folder.File("missing");

        var error = Assert.Throws<PSTransferException>(() =>
            AtomicFile.Write(Path.Combine(folder, "model.bin"), overwrite: true, _ => { }));

        Assert.Equal(FaultKind.NotFound, error.Kind);
        Assert.Contains($"the folder {folder} doesn't exist", error.Message, StringComparison.Ordinal);
        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void AFolderIsNoFile()
    {
        var error = Assert.Throws<PSTransferException>(() => AtomicFile.Write(_folder.Path, overwrite: true, _ => { }));

        Assert.Contains("it is a folder", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void AnInvalidPathIsNamed(string path)
    {
        var error = Assert.Throws<PSTransferException>(() => AtomicFile.Write(path, overwrite: true, _ => { }));

        Assert.Equal(FaultKind.WriteFailed, error.Kind);
    }

    [Fact]
    public void ATooLongNameLeavesNothingBehind()
    {
        var error = Assert.Throws<PSTransferException>(() =>
            AtomicFile.Write(_folder.File(new string('x', 300)), overwrite: true, _ => { }));

        Assert.Equal(FaultKind.WriteFailed, error.Kind);
        Assert.Contains("too long", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void AReadOnlyFolderIsNamed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a folder that even root can't write to");

        var error = Assert.Throws<PSTransferException>(() => AtomicFile.Write("/proc/self/model.bin", overwrite: true, _ => { }));

        Assert.Equal(FaultKind.WriteFailed, error.Kind);
        Assert.Contains("/proc/self/model.bin can't be written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatAKilledProcessLeftLongAgoIsRemoved()
    {
        string old = _folder.File(".pstransfer-old.tmp", [1]), young = _folder.File(".pstransfer-young.tmp", [1]);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        AtomicFile.RequireWritable(_folder.File("model.bin"));
        Assert.Equal([Path.GetFileName(young)], _folder.Names());
    }

    [Fact]
    public void ConcurrentWritersEndWithOneWholeFile()
    {
        string path = _folder.File("model.bin");

        Parallel.For(1, 17, writer => AtomicFile.Write(path, overwrite: true, stream =>
        {
            for (int i = 0; i < 64; i++)
            {
                stream.Write(Enumerable.Repeat((byte)writer, 4096).ToArray());
            }
        }));

        byte[] content = File.ReadAllBytes(path);
        Assert.Equal(64 * 4096, content.Length);
        Assert.InRange(Assert.Single(content.Distinct()), 1, 16);
        Assert.Equal(["model.bin"], _folder.Names());
    }

    /// <summary>All writers have written their part before the first takes the name, so that they meet there.</summary>
    [Fact]
    public void OneOfManyConcurrentWritersWinsWithoutOverwrite()
    {
        const int Writers = 8;
        using var barrier = new Barrier(Writers);
        for (var round = 0; round < 20; round++)
        {
            string path = _folder.File($"model{round}.bin");
            int written = 0;
            var writers = Enumerable.Range(0, Writers).Select(writer => new Thread(() =>
            {
                try
                {
                    AtomicFile.Write(path, overwrite: false, stream =>
                    {
                        stream.WriteByte((byte)writer);
                        barrier.SignalAndWait();
                    });
                    Interlocked.Increment(ref written);
                }
                catch (PSTransferException e) when (e.Kind == FaultKind.AlreadyExists)
                {
                }
            })).ToList();
            writers.ForEach(writer => writer.Start());
            writers.ForEach(writer => writer.Join());

            Assert.Equal(1, written);
        }

        Assert.Equal(20, _folder.Names().Length);
    }
}
