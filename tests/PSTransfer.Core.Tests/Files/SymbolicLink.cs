namespace PSTransfer.Core.Tests.Files;

/// <summary>
/// Symbolic links, which Windows allows to administrators and in its developer mode only: elsewhere there the test is skipped.
/// </summary>
internal static class SymbolicLink
{
    private const int PrivilegeNotHeld = unchecked((int)0x80070522);

    public static string ToFile(string path, string target) => Make(() => File.CreateSymbolicLink(path, target));

    public static string ToFolder(string path, string target) => Make(() => Directory.CreateSymbolicLink(path, target));

    private static string Make(Func<FileSystemInfo> make)
    {
        try
        {
            return make().FullName;
        }
        catch (IOException error) when (error.HResult == PrivilegeNotHeld)
        {
            Assert.Skip("this user may not make symbolic links (on Windows: developer mode, or an administrator)");
            throw;
        }
    }
}
