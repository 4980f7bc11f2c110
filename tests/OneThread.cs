using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PSTransfer.Tests;

/// <summary>
/// Tests compute with one thread. The test projects run side by side, and libtorch's threads wait for each other by spinning: two
/// processes with as many threads as cores each slow each other down many times over. Results don't depend on the machine either.
/// </summary>
internal static class OneThread
{
    private const string Variable = "OMP_NUM_THREADS";

    [ModuleInitializer]
    internal static void Set()
    {
        Environment.SetEnvironmentVariable(Variable, "1"); // what child processes get
        if (!OperatingSystem.IsWindows())
        {
            _ = SetInProcess(Variable, "1", overwrite: 1); // what libgomp reads: .NET keeps a copy of its own
        }
    }

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetInProcess(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
