using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace PSTransfer.Host;

/// <summary>One runspace with the module in it, in which one script or command runs.</summary>
internal sealed class Session : IDisposable
{
    private const int Interrupted = 130;

    private readonly ConsoleHost _host;
    private readonly Runspace _runspace;
    private volatile PowerShell? _running;

    public Session(ConsoleHost host)
    {
        _host = host;
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            // The engine alone would refuse every script; this is what pwsh starts with.
            state.ExecutionPolicy = ExecutionPolicy.RemoteSigned;
        }

        _runspace = RunspaceFactory.CreateRunspace(host, state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
        if (_host.PlainText)
        {
            PSStyle.Instance.OutputRendering = OutputRendering.PlainText;
        }

        Console.CancelKeyPress += OnCancelKey;
    }

    /// <summary>Defines the missing commands and imports the module; false, with the error shown, if that fails.</summary>
    public bool Start()
    {
        if (FindModule() is not { } manifest)
        {
            _host.UI.WriteErrorLine($"There is no PSTransfer.psd1 in {AppContext.BaseDirectory} or above it: run the host from a clone of PSTransfer.");
            return false;
        }

        using var missing = NewShell();
        missing.AddScript(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "MissingCommands.ps1")));
        using var import = NewShell();
        import.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("ErrorAction", ActionPreference.Stop);
        return Invoke(missing) == 0 && Invoke(import) == 0;
    }

    /// <summary>Runs the script or the command and returns the exit code that pwsh would.</summary>
    public int Run(CommandLine line)
    {
        // Parsed here first: the engine's view of an error at the very end of a line is empty.
        ParseError[] faults;
        _ = line.Command is null ? Parser.ParseFile(line.File, out _, out faults) : Parser.ParseInput(line.Command, out _, out faults);
        if (faults.Length > 0)
        {
            _host.UI.WriteErrorLine("ParserError: " + new ParseException(faults).Message);
            return 1;
        }

        // The code is told to the host rather than by an "exit", which would drop rows that the views still hold back.
        using var shell = NewShell();
        if (line.Command is not null)
        {
            shell.AddScript(line.Command + "\nif (-not $?) { $Host.SetShouldExit(1) }", useLocalScope: false);
        }
        else
        {
            // "exit n" in the script's file sets $? to false unless n is 0, and so do arguments that can't be bound.
            var call = $". {ScriptArguments.Quote(line.File!)} {ScriptArguments.Quote(line.Arguments)}";
            shell.AddScript(call + "\nif (-not $?) { $Host.SetShouldExit($LASTEXITCODE ?? 1) }", useLocalScope: false);
        }

        var outcome = Invoke(shell);
        return outcome == 0 ? _host.ExitCode : outcome;
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancelKey;
        _runspace.Dispose();
    }

    private static string? FindModule()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var manifest = Path.Combine(folder.FullName, "PSTransfer.psd1");
            if (File.Exists(manifest))
            {
                return manifest;
            }
        }

        return null;
    }

    private PowerShell NewShell()
    {
        var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        return shell;
    }

    private int Invoke(PowerShell shell)
    {
        // Errors join the output on its way to the views, which send them on to stderr.
        var output = new Command("Out-Default") { MergeUnclaimedPreviousCommandResults = PipelineResultTypes.Error | PipelineResultTypes.Output };
        shell.Commands.AddCommand(output);
        _running = shell;
        try
        {
            shell.Invoke();
            return shell.InvocationStateInfo.State == PSInvocationState.Stopped ? Interrupted : 0;
        }
        catch (PipelineStoppedException)
        {
            return Interrupted;
        }
        catch (RuntimeException e)
        {
            Show(e.ErrorRecord);
            return 1;
        }
        finally
        {
            _running = null;
            _host.Progress.Clear();
        }
    }

    private void Show(ErrorRecord error)
    {
        using var shell = NewShell();
        _host.Console.AllToStderr = true;
        shell.AddCommand("Out-Default").Invoke(new[] { error });
        _host.Console.AllToStderr = false;
    }

    private void OnCancelKey(object? sender, ConsoleCancelEventArgs e)
    {
        // The first Ctrl+C lets cmdlets finish their batch; a second one ends the process.
        if (_running is { } shell)
        {
            _running = null;
            e.Cancel = true;
            shell.BeginStop(null, null);
        }
    }
}
