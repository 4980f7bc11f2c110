using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PSTransfer.Core.Tests.Files;

public class RegularFileTests
{
    private const string NoUnix = "Windows keeps pipes and sockets outside its file systems.";

    public static bool IsUnix => !OperatingSystem.IsWindows();

    [Fact(Skip = NoUnix, SkipUnless = nameof(IsUnix))]
    public void ANamedPipeIsRefusedInsteadOfWaitedFor()
    {
        using var folder = new TemporaryFolder();
        var pipe = Pipe(folder, "pipe.jpg");
        AssertRefused("a named pipe", pipe, () => RegularFile.Open(pipe).Dispose());
        AssertRefused("a named pipe", pipe, () => RegularFile.OpenStream(pipe).Dispose());
        AssertRefused("a named pipe", pipe, () => ImageDecoder.Decode(pipe).Dispose());
    }

    [Fact(Skip = NoUnix, SkipUnless = nameof(IsUnix))]
    public void ALinkIsWhatItLeadsTo()
    {
        using var folder = new TemporaryFolder();
        var pipe = SymbolicLink.ToFile(Path.Combine(folder.Path, "link.jpg"), Pipe(folder, "pipe"));
        AssertRefused("a named pipe", pipe, () => RegularFile.Require(pipe));
        var file = SymbolicLink.ToFile(Path.Combine(folder.Path, "link"), folder.Write("file", [1, 2]));
        using var stream = RegularFile.OpenStream(file);
        Assert.Equal(2, stream.Length);
    }

    [Fact(Skip = NoUnix, SkipUnless = nameof(IsUnix))]
    public void ASocketADeviceAndAFolderAreRefused()
    {
        using var folder = new TemporaryFolder();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        socket.Bind(new UnixDomainSocketEndPoint(path));
        AssertRefused("a socket", path, () => RegularFile.Open(path).Dispose());
        File.Delete(path);
        AssertRefused("a device", "/dev/zero", () => RegularFile.Open("/dev/zero").Dispose());
        AssertRefused("a folder", folder.Path, () => RegularFile.Open(folder.Path).Dispose());
    }

    [Fact]
    public void WhatIsNotThereIsTheSystemsError()
    {
        using var folder = new TemporaryFolder();
        var missing = Path.Combine(folder.Path, "missing");
        Assert.Null(RegularFile.OtherKind(missing));
        Assert.Throws<FileNotFoundException>(() => RegularFile.Open(missing));
    }

    [Fact]
    public void AFileIsOpened()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("file", [7]);
        Assert.Null(RegularFile.OtherKind(path));
        using var stream = RegularFile.OpenStream(path);
        Assert.Equal(7, stream.ReadByte());
    }

    private static string Pipe(TemporaryFolder folder, string name)
    {
        var path = Path.Combine(folder.Path, name);
        Assert.Equal(0, MakePipe(path, 0x180));
        return path;
    }

    private static void AssertRefused(string kind, string path, Action open)
    {
        var error = Assert.Throws<PSTransferException>(open);
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.Contains($"{path}: expected a regular file, found {kind};", error.Message, StringComparison.Ordinal);
    }

    [DllImport("libc", EntryPoint = "mkfifo")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakePipe([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
}
