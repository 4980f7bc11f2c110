using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace PSTransfer.Core.Native;

/// <summary>Loads one native library by its path. If the system refuses it, the error says why in one sentence.</summary>
internal static partial class NativeLoader
{
    public static nint Load(string folder, string library)
    {
        string path = Path.Combine(folder, Platform.Current.FileName(library));
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new PSTransferException(FaultKind.NotAvailable, Explain(path, e.Message), path, e);
        }
    }

    /// <summary>Turns the loader's message into a sentence with a remedy.</summary>
    public static string Explain(string path, string loader)
    {
        if (TooOld().Match(loader) is { Success: true } version)
            return $"{path} can't be loaded: this system's {(version.Value.StartsWith("GLIBC_") ? "C" : "C++")} runtime is too old, "
                + $"it lacks {version.Value}; "
                + "use Debian 12, Ubuntu 22.04 or newer.";
        if (NotALibrary().IsMatch(loader))
            return $"{path} is not a library for {Platform.Current}: the file is damaged or of another platform, "
                + $"put libtorch {LibTorch.Version} for this one there.";
        if (TooOldMac().Match(loader) is { Success: true } mac)
            return $"{path} can't be loaded: it needs macOS {mac.Groups[1].Value} or newer.";
        if (Missing().Match(loader) is { Success: true } missing)
            return $"{path} can't be loaded: it needs {missing.Groups[1].Value}, which is neither in its folder nor on this system.";
        if (MissingOnMac().Match(loader) is { Success: true } unfound)
            return $"{path} can't be loaded: it needs {unfound.Groups[1].Value}, which the system doesn't find; "
                + $"{RemedyOnMac(path, unfound.Groups[1].Value)}.";
        if (OperatingSystem.IsWindows() && loader.Contains("0x8007007E"))
            return $"{path} can't be loaded: a library that it needs is missing; install the Visual C++ Redistributable 2015-2022.";
        string words = loader.Split('\n').LastOrDefault(line => line.Contains(Path.GetFileName(path)), loader).Trim();
        return $"{path} can't be loaded: the system says \"{words}\".";
    }

    [GeneratedRegex(@"(GLIBCXX|GLIBC|CXXABI)_[0-9.]*[0-9](?=['`’]? not found)")]
    private static partial Regex TooOld();

    [GeneratedRegex("file too short|invalid ELF header|wrong ELF class|not a mach-o file|incompatible architecture|0x8007000B|0x800700C1")]
    private static partial Regex NotALibrary();

    [GeneratedRegex(@"(\S+): cannot open shared object file")]
    private static partial Regex Missing();

    [GeneratedRegex(@"Library not loaded: '?([^\s']+)")]
    private static partial Regex MissingOnMac();

    [GeneratedRegex(@"built for macOS ([0-9.]*[0-9]) which is newer than running OS")]
    private static partial Regex TooOldMac();

    private static string RemedyOnMac(string path, string missing) =>
        $"put {Path.GetFileName(missing)} into {Path.GetDirectoryName(path)}"
        + (missing.EndsWith("/libomp.dylib", StringComparison.Ordinal) ? ", or install Homebrew's with brew install libomp" : string.Empty);
}
