using System.Runtime.InteropServices;

namespace PSTransfer.Core.Native;

/// <summary>
/// How long libtorch's threads spin while they wait for each other, on Linux (GNU's OpenMP). Its default, milliseconds, is the fastest on an
/// idle machine, but beside another busy process a spinning thread takes the core that the awaited one needs; not spinning at all costs small
/// networks nearly half their speed. The bound here is between (<c>bench -- wait</c> measures all three). Whoever sets OMP_WAIT_POLICY or
/// GOMP_SPINCOUNT decides instead.
/// </summary>
internal static class WaitPolicy
{
    private const string Spins = "GOMP_SPINCOUNT";

    /// <summary>Turns of an empty loop, a few ten µs: longer than most waits where no other process is at work.</summary>
    private const string Bound = "1000";

    /// <summary>Sets the bound. Only what happens before libtorch is loaded counts: OpenMP reads its settings when it is.</summary>
    public static void Apply()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            // .NET's own SetEnvironmentVariable changes a copy that native code doesn't see. What is set already stays.
            _ = SetVariable(Spins, Bound, overwrite: 0);
        }
    }

    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
