using System.Runtime.InteropServices;

namespace PSTransfer.Core.Files;

/// <summary>Measures free disk space.</summary>
internal static class FreeSpace
{
    /// <summary>
    /// The number of bytes that this user may still write to a folder's disk. Windows is asked directly, with the folder: .NET asks by
    /// drive letter, but a share has none. Another disk may also be mounted in a folder.
    /// </summary>
    /// <exception cref="IOException">The system doesn't know.</exception>
    public static long Of(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }

        return GetDiskFreeSpaceEx(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, out var free, 0, 0)
            ? (long)Math.Min(free, long.MaxValue)
            : throw new IOException(
                $"the free space of {folder} isn't known: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetHRForLastWin32Error());
    }

    [DllImport("kernel32", EntryPoint = "GetDiskFreeSpaceExW", SetLastError = true, CharSet = CharSet.Unicode)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetDiskFreeSpaceEx(string folder, out ulong available, nint total, nint free);
}
