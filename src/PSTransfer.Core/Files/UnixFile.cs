using System.Runtime.InteropServices;

namespace PSTransfer.Core.Files;

/// <summary>The owner of a file on a Unix system, which .NET doesn't provide.</summary>
/// <param name="User">The owner's number.</param>
/// <param name="Group">The group's number.</param>
internal readonly record struct UnixFile(uint User, uint Group)
{
    private const int BufferSize = 512;     // both structures are smaller
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint BasicStats = 0x7FF;  // STATX_BASIC_STATS

    /// <summary>Reads the owner of a file, or of a link's target; null on Windows and for files that can't be read.</summary>
    public static UnixFile? Of(string path)
    {
        var buffer = new byte[BufferSize];
        try
        {
            // struct statx is the same on every processor; struct stat is read in macOS' 64-bit layout.
            return OperatingSystem.IsLinux() && StatX(CurrentFolder, path, 0, BasicStats, buffer) == 0 ? Read(buffer, user: 20, group: 24)
                : OperatingSystem.IsMacOS() && Stat(path, buffer) == 0 ? Read(buffer, user: 16, group: 20)
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Gives a file an owner, as far as the system allows this process.</summary>
    public static void SetOwner(string path, uint user, uint group)
    {
        if (!OperatingSystem.IsWindows() && ChangeOwner(path, user, group) != 0)
        {
            _ = ChangeOwner(path, uint.MaxValue, group); // changing only the group needs no root
        }
    }

    private static UnixFile Read(byte[] buffer, int user, int group) =>
        new(BitConverter.ToUInt32(buffer, user), BitConverter.ToUInt32(buffer, group));

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] buffer);

    [DllImport("libc", EntryPoint = "stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte[] buffer);

    [DllImport("libc", EntryPoint = "chown")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);
}
