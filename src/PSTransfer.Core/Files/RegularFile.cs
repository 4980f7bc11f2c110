using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PSTransfer.Core.Files;

/// <summary>
/// Opens regular files for reading. Everything else is refused: a folder, a named pipe (which would wait for a writer for ever), a socket,
/// a device. Links are followed.
/// </summary>
internal static class RegularFile
{
    private const int StatusBytes = 256;                            // Larger than the runtime's FileStatus.
    private const int ModeOffset = 4;                               // Behind the flags of FileStatus.
    private const int TypeMask = 0xF000;
    private const uint WindowsDisk = 1;                             // FILE_TYPE_DISK

    /// <summary>Opens a file; the caller owns the handle.</summary>
    /// <exception cref="PSTransferException">InvalidData: the path is no regular file; the message names it and says what it
    /// is.</exception>
    /// <exception cref="IOException">The system's own errors, such as a missing file. An UnauthorizedAccessException passes through as
    /// well.</exception>
    public static SafeFileHandle Open(string path, FileShare share = FileShare.Read, FileOptions options = FileOptions.None)
    {
        Require(path);
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, share, options);
        }
        catch (NotSupportedException error)
        {
            throw Other(path, "a device", error);
        }

        if (OperatingSystem.IsWindows() && GetFileType(handle) != WindowsDisk)
        {
            handle.Dispose();
            throw Other(path, "a device or a pipe");
        }

        return handle;
    }

    /// <summary>Opens a file as a stream.</summary>
    /// <exception cref="PSTransferException">The faults of <see cref="Open"/>.</exception>
    public static FileStream OpenStream(
        string path, FileShare share = FileShare.Read, FileOptions options = FileOptions.None, int bufferSize = 4096)
    {
        var handle = Open(path, share, options);
        try
        {
            return new FileStream(handle, FileAccess.Read, bufferSize, isAsync: false);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a path that exists and isn't a regular file; a missing path passes.</summary>
    /// <exception cref="PSTransferException">InvalidData.</exception>
    public static void Require(string path)
    {
        if (OtherKind(path) is { } kind)
        {
            throw Other(path, kind);
        }
    }

    /// <summary>
    /// Names the kind of a path that isn't a regular file: "a folder", "a named pipe", "a socket", "a device". Null for regular files and
    /// missing paths.
    /// </summary>
    public static string? OtherKind(string path)
    {
        if (Directory.Exists(path))
        {
            return "a folder";
        }

        return OperatingSystem.IsWindows() ? null : (Mode(path) & TypeMask) switch
        {
            0x1000 => "a named pipe",
            0x2000 or 0x6000 => "a device",
            0xC000 => "a socket",
            _ => null,
        };
    }

    private static PSTransferException Other(string path, string kind, Exception? inner = null) =>
        new(FaultKind.InvalidData, $"{path}: expected a regular file, found {kind}; give the path of a file.", path, inner);

    /// <summary>
    /// A file's type and permissions in Unix' encoding; 0 if there is no file. This calls the runtime's own function, since the system's
    /// structure differs between platforms. .NET itself only tells folders and links apart.
    /// </summary>
    private static int Mode(string path)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return Stat(path, ref MemoryMarshal.GetReference(status)) == 0 ? MemoryMarshal.Read<int>(status[ModeOffset..]) : 0;
    }

    [DllImport("libSystem.Native", EntryPoint = "SystemNative_Stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int Stat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, ref byte status);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint GetFileType(SafeFileHandle handle);
}
