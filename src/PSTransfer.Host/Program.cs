using System.Globalization;
using System.Text;

namespace PSTransfer.Host;

internal static class Program
{
    /// <summary>The code pwsh gives for a command line it can't use.</summary>
    private const int UsageError = 64;

    private static int Main(string[] args)
    {
        // Windows consoles start in an old code page, and a byte order mark would be the first thing in a pipe.
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

        // The engine reports which modules are imported to its maker, unless told not to before it starts.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

        var line = CommandLine.Parse(args);
        if (line.Fault is not null)
        {
            Console.Error.WriteLine(line.Fault);
            Console.Error.WriteLine("Run with -Help to see how it is used.");
            return UsageError;
        }

        if (line.File is null && line.Command is null)
        {
            Console.WriteLine(CommandLine.Help);
            return 0;
        }

        var host = new ConsoleHost();
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = host.CurrentCulture;
        using var session = new Session(host);
        return session.Start() ? session.Run(line) : 1;
    }
}
