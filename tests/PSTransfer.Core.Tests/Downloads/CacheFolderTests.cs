namespace PSTransfer.Core.Tests.Downloads;

public sealed class CacheFolderTests
{
    [Theory]
    [InlineData("linux", "HOME=/home/me", "/home/me/.cache/pstransfer")]
    [InlineData("linux", "HOME=/home/me;XDG_CACHE_HOME=/cache", "/cache/pstransfer")]
    [InlineData("linux", "HOME=/home/me;XDG_CACHE_HOME=cache", "/home/me/.cache/pstransfer")]
    [InlineData("linux", "HOME=/home/me;XDG_CACHE_HOME=", "/home/me/.cache/pstransfer")]
    [InlineData("linux", "HOME=/home/me;XDG_CACHE_HOME=/cache;PSTRANSFER_CACHE=/own/./weights", "/own/weights")]
    [InlineData("macos", "HOME=/Users/me;XDG_CACHE_HOME=/cache", "/Users/me/Library/Caches/pstransfer")]
    [InlineData("windows", "LOCALAPPDATA=/Local;HOME=/home/me", "/Local/pstransfer")]
    public void IsTheSystemsFolderForCachesOrTheOneNamed(string system, string variables, string expected) =>
        Assert.Equal(Here(expected), Find(system, Here(variables)));

    [Theory]
    [InlineData("linux", "", "HOME")]
    [InlineData("windows", "HOME=/home/me", "LOCALAPPDATA")]
    [InlineData("linux", "HOME=/home/me;PSTRANSFER_CACHE=weights", "full path")]
    public void SaysWhichVariableIsMissing(string system, string variables, string named)
    {
        var error = Assert.Throws<PSTransferException>(() => Find(system, Here(variables)));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("PSTRANSFER_CACHE", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Paths as this system writes them: on Windows a full path has a drive.</summary>
    private static string Here(string paths) => OperatingSystem.IsWindows()
        ? System.Text.RegularExpressions.Regex.Replace(paths, "(?<=^|=)/", "C:/").Replace('/', '\\')
        : paths;

    private static string Find(string system, string variables)
    {
        var values = variables
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return CacheFolder.Find(values.GetValueOrDefault, system == "windows", system == "macos");
    }
}
