namespace PSTransfer.Host;

/// <summary>What the host was asked to run: a script with its arguments, a command text, or nothing but help.</summary>
internal sealed record CommandLine
{
    public const string Help = """
        Runs PowerShell scripts in the real PowerShell engine with the module PSTransfer loaded, where pwsh isn't installed.

          dotnet run --project src/PSTransfer.Host -c Release -- script.ps1 [arguments]
          dotnet run --project src/PSTransfer.Host -c Release -- -Command "Get-Backbone resnet*"

          [-File] <script.ps1> [arguments]   Runs the script; what follows are the script's own arguments.
          -Command <text>                    Runs the rest of the line as a PowerShell command.
          -Help                              Shows this text.

        The exit code is the script's: 0, the n of "exit n", 1 after an error that ended it, 64 if it can't be started, 130 after Ctrl+C.
        It asks no questions: Read-Host, confirmations and prompts for missing parameters are errors.
        """;

    /// <summary>Full path of the script, or null.</summary>
    public string? File { get; private init; }

    /// <summary>The script's arguments, as they were typed.</summary>
    public IReadOnlyList<string> Arguments { get; private init; } = [];

    /// <summary>The command text, or null.</summary>
    public string? Command { get; private init; }

    /// <summary>What is wrong with the command line, or null.</summary>
    public string? Fault { get; private init; }

    /// <summary>Reads the process' arguments; never throws.</summary>
    public static CommandLine Parse(string[] args)
    {
        if (args.Length == 0)
        {
            return Wrong("No script given.");
        }

        return args[0].ToUpperInvariant() switch
        {
            "-HELP" or "-H" or "-?" or "--HELP" => new CommandLine(),
            "-COMMAND" or "-C" when args.Length == 1 || args[1] == "-" => Wrong("-Command needs the command's text on the command line."),
            "-COMMAND" or "-C" => new CommandLine { Command = string.Join(' ', args[1..]) },
            "-FILE" or "-F" when args.Length == 1 => Wrong("-File needs the path of a script."),
            "-FILE" or "-F" => Script(args[1], args[2..]),
            _ when args[0].StartsWith('-') => Wrong($"Unknown option {args[0]}; known are -File, -Command and -Help."),
            _ => Script(args[0], args[1..]),
        };
    }

    private static CommandLine Wrong(string fault) => new() { Fault = fault };

    private static CommandLine Script(string path, string[] arguments)
    {
        var full = Path.GetFullPath(path);
        if (!Path.GetExtension(full).Equals(".ps1", StringComparison.OrdinalIgnoreCase))
        {
            return Wrong($"'{path}' is not a PowerShell script: expected a file that ends in .ps1.");
        }

        return System.IO.File.Exists(full)
            ? new CommandLine { File = full, Arguments = arguments }
            : Wrong($"There is no script '{path}': looked for {full}.");
    }
}
