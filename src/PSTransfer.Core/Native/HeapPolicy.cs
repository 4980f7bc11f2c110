using System.Runtime.InteropServices;

namespace PSTransfer.Core.Native;

/// <summary>
/// Decides what happens to libtorch's freed memory on Linux (GNU's malloc). By default every block above some 32 MiB is a mapping of its
/// own. Each step of training then gives its activations back to the system and has them mapped again, zeroed page by page. With this
/// policy they stay in the heap for the next step, and <see cref="Release"/> gives them back when a command ends. A user who sets one of
/// malloc's own variables overrides the policy.
/// </summary>
internal static class HeapPolicy
{
    /// <summary>The numbers of mallopt's parameters, from malloc.h.</summary>
    private const int TrimThreshold = -1, TopPad = -2, MostMappings = -4;

    private static readonly string[] _ownVariables =
        ["MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_"];

    /// <summary>Whether <see cref="Apply"/> is in force.</summary>
    private static bool _applied;

    /// <summary>
    /// Sets the policy for the whole process. Call it before libtorch's first allocation, so that the policy covers the first step, too.
    /// </summary>
    public static void Apply()
    {
        _applied = OperatingSystem.IsLinux() && !IsDecidedByUser;
        if (_applied)
        {
            _ = SetOption(TrimThreshold, int.MaxValue);
            _ = SetOption(TopPad, 64 << 20);
            _ = SetOption(MostMappings, 0);
        }
    }

    /// <summary>Gives free memory back to the system; takes milliseconds.</summary>
    public static void Release()
    {
        if (_applied)
        {
            _ = Trim(0);
        }
    }

    internal static bool IsDecidedByUser =>
        Array.Exists(_ownVariables, name => Environment.GetEnvironmentVariable(name) is not null)
        || (Environment.GetEnvironmentVariable("GLIBC_TUNABLES")?.Contains("glibc.malloc.", StringComparison.Ordinal) ?? false);

    [DllImport("libc", EntryPoint = "mallopt")]
    private static extern int SetOption(int option, int value);

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint kept);
}
