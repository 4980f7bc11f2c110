using System.Runtime.InteropServices;

namespace PSTransfer.Core.Native;

/// <summary>
/// Bounds how long libtorch's threads spin while they wait for each other. OpenMP's default, milliseconds, is the fastest on an idle
/// machine. But beside another busy process, a spinning thread takes the core that the awaited thread needs. Without any spinning, small
/// networks lose nearly half their speed. The bounds here lie between the two (<c>bench -- wait</c> measures all three, on Linux). A user
/// who sets OMP_WAIT_POLICY or the library's own variable overrides them.
/// </summary>
internal static class WaitPolicy
{
    /// <summary>
    /// The bound for GNU's OpenMP on Linux: 1000 turns of an empty loop take a few ten µs. That is longer than most waits if no other
    /// process is busy.
    /// </summary>
    private static readonly (string, string) _gnu = ("GOMP_SPINCOUNT", "1000");

    /// <summary>
    /// The bound for Intel's OpenMP on Windows and LLVM's on macOS, in milliseconds. The default is 200; 1 is the smallest value above
    /// none. Not measured on these systems.
    /// </summary>
    private static readonly (string, string) _intel = ("KMP_BLOCKTIME", "1");

    /// <summary>Sets the bound. It must be set before libtorch is loaded, since OpenMP reads its settings at that moment.</summary>
    public static void Apply()
    {
        if (Setting(Platform.Current.System, Environment.GetEnvironmentVariable) is not { } setting)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable(setting.Name, setting.Value);
        }
        else
        {
            // .NET's own SetEnvironmentVariable changes a copy that native code doesn't see. A variable that is set already stays.
            _ = SetVariable(setting.Name, setting.Value, overwrite: 0);
        }
    }

    /// <summary>The variable to set on a system; null if the user has decided.</summary>
    /// <param name="system">The system, by the name in <see cref="Platform.System"/>.</param>
    /// <param name="variable">Reads the environment.</param>
    internal static (string Name, string Value)? Setting(string system, Func<string, string?> variable)
    {
        (string Name, string Value)? setting = system switch
        {
            "linux" => _gnu,
            "win" or "osx" => _intel,
            _ => null,
        };
        return setting is { } found && variable("OMP_WAIT_POLICY") is null && variable(found.Name) is null ? found : null;
    }

    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
