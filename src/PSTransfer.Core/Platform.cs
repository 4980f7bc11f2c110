using System.Runtime.InteropServices;

namespace PSTransfer.Core;

/// <summary>The facts that decide which native libraries can be loaded: operating system, processor of this process, C library.</summary>
/// <param name="System">linux, win, osx or other.</param>
/// <param name="Architecture">x64, arm64, x86... of the process, not of the machine.</param>
/// <param name="Musl">Whether Linux uses musl (Alpine) in place of glibc.</param>
internal sealed record Platform(string System, string Architecture, bool Musl)
{
    public static Platform Current { get; } = new(
        OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "other",
        RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        RuntimeInformation.RuntimeIdentifier.Contains("musl") || RuntimeInformation.RuntimeIdentifier.StartsWith("alpine"));

    /// <summary>Returns a library's file name: torch_cpu becomes libtorch_cpu.so, torch_cpu.dll or libtorch_cpu.dylib.</summary>
    public string FileName(string library) => System switch
    {
        "win" => library + ".dll",
        "osx" => $"lib{library}.dylib",
        _ => $"lib{library}.so",
    };

    public override string ToString() => $"{System}{(Musl ? "-musl" : "")}-{Architecture}";
}
