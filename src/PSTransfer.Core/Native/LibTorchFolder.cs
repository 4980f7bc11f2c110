using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Native;

/// <summary>Checks whether a folder holds a libtorch that this process can use. Each fault is one message.</summary>
internal static partial class LibTorchFolder
{
    private static readonly string[] Libraries = ["torch_cpu", "torch", "c10"];
    private static readonly string[] Platforms = ["linux-x64", "win-x64", "win-arm64", "osx-arm64"];
    private static readonly string[] NeededFirstOnMac = ["omp", "c10"];

    public static void CheckPlatform(Platform platform)
    {
        if (!Platforms.Contains(platform.ToString()))
            throw Fault(null, $"There is no libtorch for {platform}: PSTransfer runs in 64-bit processes on Linux with glibc (x64), "
                + "Windows (x64, arm64) and macOS (arm64).");
    }

    /// <summary>Checks everything that can be checked without loading anything.</summary>
    public static void CheckFiles(string folder)
    {
        string? missing = MissingLibrary(folder);
        if (missing is not null
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(LibTorch.FolderVariable))
            && PathCase.Same(folder, LibTorch.InstalledFolder))
            throw Fault(
                folder,
                $"libtorch {LibTorch.Version} is not installed (looked in {LibTorch.OwnFolder} and {folder}): run Install-LibTorch once, "
                + "which says what it fetches and how much room that takes.");
        string source = $"{LibTorch.FolderVariable} names the folder {folder}, which";
        string remedy = "name the folder that holds libtorch's libraries (often called lib), or unset the variable to use the module's own";
        if (!Directory.Exists(folder))
            throw Fault(folder, $"{source} doesn't exist: {remedy}.");
        if (missing is not null)
            throw Fault(Path.Combine(folder, missing), $"{source} has no {missing}: {remedy}.");
        if (DeclaredVersion(folder) is { } version)
            CheckVersion(version, folder);
    }

    /// <summary>
    /// The libraries that torch_cpu can't find by itself, in loading order. On macOS, torch_cpu has no reference to its own folder. It
    /// needs Homebrew's OpenMP, and c10 from a folder of the machine that built it. dyld accepts, for each of these, a loaded library of
    /// the same name.
    /// </summary>
    public static IEnumerable<string> LoadedFirst(string folder, Platform platform) => platform.System == "osx"
        ? NeededFirstOnMac.Where(library => File.Exists(Path.Combine(folder, platform.FileName(library))))
        : [];
    /// <summary>The file name of the first library that a folder lacks; null if the folder has all that every libtorch has.</summary>
    public static string? MissingLibrary(string folder) => Libraries
        .Select(Platform.Current.FileName)
        .FirstOrDefault(file => !File.Exists(Path.Combine(folder, file)));

    /// <summary>
    /// The version that a libtorch declares. libtorch's archives have it in the file build-version, Python's packages in version.py, a
    /// folder above the libraries.
    /// </summary>
    public static string? DeclaredVersion(string folder) => DeclaredBuild(folder) is { } build ? VersionPattern().Match(build).Value : null;

    /// <summary>The declared version with its suffix, such as 2.10.0+cu128.</summary>
    public static string? DeclaredBuild(string folder)
    {
        foreach (string file in new[] { "build-version", "../build-version", "../version.py" })
        {
            string path = Path.Combine(folder, file);
            if (!File.Exists(path)) continue;
            var match = BuildPattern().Match(string.Join('\n', File.ReadLines(path).Take(20)));
            if (match.Success) return match.Value;
        }
        return null;
    }

    /// <summary>
    /// Checks the version of the loaded library: aoti_torch_abi_version() returns major, minor and patch in its three highest bytes.
    /// </summary>
    public static void CheckLoadedVersion(nint torchCpu, string folder)
    {
        if (!NativeLibrary.TryGetExport(torchCpu, "aoti_torch_abi_version", out nint address))
            CheckVersion("older than 2.7", folder);
        ulong abi = Marshal.GetDelegateForFunctionPointer<AbiVersion>(address)();
        CheckVersion($"{abi >> 56}.{(abi >> 48) & 255}.{(abi >> 40) & 255}", folder);
    }

    private static void CheckVersion(string version, string folder)
    {
        if (version != LibTorch.Version)
            throw Fault(folder, $"The libtorch in {folder} is version {version}, but TorchSharp needs {LibTorch.Version}: "
                + $"let {LibTorch.FolderVariable} name a build of that version, or unset it to use the module's own.");
    }

    private static PSTransferException Fault(string? target, string message) => new(FaultKind.NotAvailable, message, target);

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"\d+\.\d+\.\d+(\+\w+)?")]
    private static partial Regex BuildPattern();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate ulong AbiVersion();
}
