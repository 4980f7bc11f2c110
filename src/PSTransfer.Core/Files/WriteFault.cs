namespace PSTransfer.Core.Files;

/// <summary>Turns the system's write errors into the end of a sentence: why a file can't be written, and what to do.</summary>
internal static class WriteFault
{
    private const int UnixNoSpace = 28;                             // ENOSPC
    private const int UnixReadOnly = 30;                            // EROFS
    private const int LinuxQuotaExceeded = 122;                     // EDQUOT
    private const int MacQuotaExceeded = 69;                        // EDQUOT; on Linux 69 is another error, on macOS 122 is none
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsQuotaExceeded = unchecked((int)0x80070510);    // ERROR_DISK_QUOTA_EXCEEDED
    private const int WindowsReadOnly = unchecked((int)0x80070013);         // ERROR_WRITE_PROTECT
    private const int WindowsInvalidName = unchecked((int)0x8007007B);      // ERROR_INVALID_NAME: also for a name too long for NTFS

    /// <summary>Explains an exception of the system.</summary>
    /// <param name="e">The exception.</param>
    /// <param name="folder">The file's folder.</param>
    /// <param name="system">The system whose error numbers the exception has, by the name in <see cref="Platform.System"/>.</param>
    public static string Reason(Exception e, string folder, string system) => e switch
    {
        HeldFileException or { HResult: FileMove.SharingViolation } =>
            "another program has the file open; close that program or choose another path",
        { HResult: UnixNoSpace or WindowsDiskFull or WindowsQuotaExceeded } => Full,
        { HResult: MacQuotaExceeded } when system == "osx" => Full,
        { HResult: LinuxQuotaExceeded } when system == "linux" => Full,
        { HResult: UnixReadOnly or WindowsReadOnly } => "the disk is read-only; choose a folder on another one",
        { HResult: WindowsInvalidName } => "the name is too long, or has characters that Windows doesn't allow in names; choose another",
        ArgumentOutOfRangeException =>
            "the file would be larger than the file system or a limit (ulimit -f) allows; choose another folder or raise the limit",
        PathTooLongException => "the path is too long; choose a shorter one",
        UnauthorizedAccessException => $"access to {folder} or to the file is denied; choose another folder or change the permissions",
        _ => $"{e.Message.TrimEnd('.')}; close the programs that use the file or choose another path",
    };

    /// <summary>
    /// Explains what is wrong with a name that Windows doesn't take for a plain file. A name with a colon is a second stream of another
    /// file; CON, NUL and COM1 are devices. Null for all other names, and on other systems.
    /// </summary>
    /// <param name="fullPath">The full path, as Path.GetFullPath gives it.</param>
    /// <param name="system">The system, by the name in <see cref="Platform.System"/>.</param>
    public static string? OfName(string fullPath, string system)
    {
        if (system != "win")
        {
            return null;
        }

        var name = fullPath[(fullPath.LastIndexOfAny(['\\', '/']) + 1)..];
        return fullPath.StartsWith(@"\\.\", StringComparison.Ordinal) ? $"{name} is the name of a device on Windows; choose another name"
            : name.Contains(':', StringComparison.Ordinal) && name.Length > 2
                ? $"{name} has a colon, which Windows doesn't allow in the names of files; choose another name"
            : null;
    }

    private static string Full => "the disk is full; free some space or choose another folder";
}
