namespace PSTransfer.Core.Tests.Files;

/// <summary>Windows doesn't replace a file that someone has open: simulated, with a mover that refuses as Windows does.</summary>
public sealed class FileMoveTests : IDisposable
{
    private const int AccessDenied = unchecked((int)0x80070005);
    private const int SharingViolation = unchecked((int)0x80070020);

    private readonly TempFolder _folder = new();
    private readonly List<TimeSpan> _waits = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SharingViolation)]
    [InlineData(AccessDenied)]
    public void AFileThatIsOpenForAMomentIsReplacedAfterwards(int error)
    {
        var path = _folder.File("model.bin", [1]);

        WithMoves(Refused(error, times: 4), () => AtomicFile.Write(path, overwrite: true, "new"));

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(["model.bin"], _folder.Names());
        Assert.Equal(4, _waits.Count);
        Assert.Equal(_waits.Order(), _waits);
    }

    [Theory]
    [InlineData(SharingViolation, false)]
    [InlineData(AccessDenied, true)]
    public void AFileThatStaysOpenIsToldAndLeftAsItWas(int error, bool isOpen)
    {
        var path = _folder.File("model.bin", [1]);
        var tries = 0;

        var fault = Assert.Throws<PSTransferException>(() =>
            WithMoves(Refused(error, int.MaxValue, () => tries++), () => AtomicFile.Write(path, overwrite: true, "new"), isOpen));

        Assert.Equal(FaultKind.InUse, fault.Kind);
        Assert.Equal(
            $"{path} can't be written: another program has the file open; close that program or choose another path.", fault.Message);
        Assert.Equal<byte>([1], File.ReadAllBytes(path));
        Assert.Equal(["model.bin"], _folder.Names());
        Assert.Equal(FileMove.MostTries, tries);
        Assert.InRange(_waits.Sum(wait => wait.TotalSeconds), 3, 10);
    }

    [Fact]
    public void AccessThatIsDeniedForAnotherReasonIsToldAsThat()
    {
        var fault = Assert.Throws<PSTransferException>(() =>
            WithMoves(Refused(AccessDenied, int.MaxValue), () => AtomicFile.Write(_folder.File("model.bin"), overwrite: true, "new")));

        Assert.Equal(FaultKind.WriteFailed, fault.Kind);
        Assert.Contains("is denied; choose another folder or change the permissions", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsReadOnlyIsToldAtOnce()
    {
        var path = _folder.File("model.bin", [1]);
        File.SetAttributes(path, FileAttributes.ReadOnly);
        try
        {
            Assert.Throws<UnauthorizedAccessException>(() =>
                WithMoves(Refused(AccessDenied, int.MaxValue), () => FileMove.Current.Move(_folder.File("new"), path, overwrite: true)));
            Assert.Empty(_waits);
        }
        finally
        {
            File.SetAttributes(path, FileAttributes.Normal);
        }
    }

    [Theory]
    [InlineData(true, 13)]
    [InlineData(false, SharingViolation)]
    public void WhatWaitingDoesntMendIsToldAtOnce(bool keepsOpenFiles, int error)
    {
        var moves = new FileMove { KeepsOpenFiles = keepsOpenFiles, Try = Refused(error, int.MaxValue), Wait = _waits.Add };

        Assert.Equal(
            error, Assert.Throws<IOException>(() => moves.Move(_folder.File("new"), _folder.File("model.bin"), overwrite: true)).HResult);
        Assert.Empty(_waits);
    }

    [Fact]
    public void ThisSystemsMovesAreBackAfterwards()
    {
        WithMoves(Refused(SharingViolation, 0), () => { });
        Assert.Equal(OperatingSystem.IsWindows(), FileMove.Current.KeepsOpenFiles);
    }

    private static Action<string, string, bool> Refused(int error, int times, Action? tried = null) => (from, to, overwrite) =>
    {
        tried?.Invoke();
        if (times-- > 0)
        {
            throw error == AccessDenied ? new UnauthorizedAccessException() : new IOException("used by another process", error);
        }

        File.Move(from, to, overwrite);
    };

    private void WithMoves(Action<string, string, bool> attempt, Action action, bool isOpen = false)
    {
        var before = FileMove.Current;
        FileMove.Current = new FileMove { KeepsOpenFiles = true, Try = attempt, IsOpen = _ => isOpen, Wait = _waits.Add };
        try
        {
            action();
        }
        finally
        {
            FileMove.Current = before;
        }
    }
}
