namespace PSTransfer.Core.Files;

/// <summary>Why a file can't be written, and what to do: from what the systems say to one sentence's end.</summary>
internal static class WriteFault
{
    private const int UnixNoSpace = 28;                             // ENOSPC
    private const int UnixReadOnly = 30;                            // EROFS
    private const int LinuxQuotaExceeded = 122;                     // EDQUOT
    private const int MacQuotaExceeded = 69;                        // EDQUOT; another error on Linux, as 122 is none on macOS
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsQuotaExceeded = unchecked((int)0x80070510);    // ERROR_DISK_QUOTA_EXCEEDED
    private const int WindowsReadOnly = unchecked((int)0x80070013);         // ERROR_WRITE_PROTECT
    private const int WindowsInvalidName = unchecked((int)0x8007007B);      // ERROR_INVALID_NAME: NTFS gives it for a long name as well

    /// <summary>What an exception of the system means.</summary>
    /// <param name="e">The exception.</param>
    /// <param name="folder">The file's.</param>
    /// <param name="system">Whose numbers it has, as <see cref="Platform.System"/> calls it.</param>
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
    /// What is wrong with a name that Windows takes for something else than a file: with a colon it is a second content of another file,
    /// and CON, NUL or COM1 are devices. Null for all other names, and elsewhere.
    /// </summary>
    /// <param name="fullPath">The full path, as Path.GetFullPath gives it.</param>
    /// <param name="system">As <see cref="Platform.System"/> calls it.</param>
    public static string? OfName(string fullPath, string system)
    {
        if (system != "win")
        {
            return null;
        }

        var name = fullPath[(fullPath.LastIndexOfAny(['\\', '/']) + 1)..];
        return fullPath.StartsWith(@"\\.\", StringComparison.Ordinal) ? $"{name} is the name of a device on Windows; choose another name"
            : name.Contains(':', StringComparison.Ordinal) && name.Length > 2 ? $"{name} has a colon, which Windows doesn't allow in the names of files; choose another name"
            : null;
    }

    private static string Full => "the disk is full; free some space or choose another folder";
}
