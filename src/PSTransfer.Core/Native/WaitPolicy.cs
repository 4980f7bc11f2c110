using System.Runtime.InteropServices;

namespace PSTransfer.Core.Native;

/// <summary>
/// How long libtorch's threads spin while they wait for each other. OpenMP's default, milliseconds, is the fastest on an idle machine, but
/// beside another busy process a spinning thread takes the core that the awaited one needs; not spinning at all costs small networks nearly
/// half their speed. The bounds here are between (<c>bench -- wait</c> measures all three, on Linux). Whoever sets OMP_WAIT_POLICY or the
/// library's own variable decides instead.
/// </summary>
internal static class WaitPolicy
{
    /// <summary>
    /// GNU's OpenMP, on Linux: turns of an empty loop, a few ten µs, longer than most waits where no other process is at work.
    /// </summary>
    private static readonly (string, string) _gnu = ("GOMP_SPINCOUNT", "1000");

    /// <summary>
    /// Intel's on Windows and LLVM's on macOS: milliseconds, 200 by default, of which 1 is the least that isn't none. Not measured there.
    /// </summary>
    private static readonly (string, string) _intel = ("KMP_BLOCKTIME", "1");

    /// <summary>Sets the bound. Only what happens before libtorch is loaded counts: OpenMP reads its settings when it is.</summary>
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
            // .NET's own SetEnvironmentVariable changes a copy that native code doesn't see. What is set already stays.
            _ = SetVariable(setting.Name, setting.Value, overwrite: 0);
        }
    }

    /// <summary>The variable to set on a system; null where the user has decided.</summary>
    /// <param name="system">As <see cref="Platform.System"/> calls it.</param>
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
    private static extern int SetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
