using System.Text;

namespace PSTransfer.Pester.Tests.Host;

/// <summary>Runs the built host with its streams redirected.</summary>
internal static class HostProcess
{
    // The host is built with the same configuration, into .../bin/<configuration>/<framework>/ as this assembly.
    public static readonly string Assembly = Path.Combine(
        Repository.Root, "src", "PSTransfer.Host",
        Path.GetRelativePath(Path.Combine(Repository.Root, "tests", "PSTransfer.Pester.Tests"), AppContext.BaseDirectory),
        "PSTransfer.Host.dll");

    public static (int ExitCode, string Output, string Error) Run(params string[] arguments) => Run([], arguments);

    /// <summary>Runs it with variables that replace those of this process.</summary>
    public static (int ExitCode, string Output, string Error) Run(Dictionary<string, string> environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public static Process Start(params string[] arguments) => Start([], arguments);

    /// <summary>Starts pwsh, the tool that .config/dotnet-tools.json names (dotnet tool restore), in place of the host.</summary>
    public static Process StartPwsh(params string[] arguments) => Start([], ["tool", "run", "pwsh", "--"], arguments);

    private static Process Start(Dictionary<string, string> environment, string[] arguments) => Start(environment, [Assembly], arguments);

    private static Process Start(Dictionary<string, string> environment, string[] shell, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. shell, "-NoProfile", .. arguments])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            Environment = { ["NO_COLOR"] = "1" }, // PowerShell colours what goes into a pipe, too
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
