using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace PSTransfer.Pester.Tests.Running;

/// <summary>One *.Tests.ps1 in a runspace of its own: its tests are found at once and all run together, once, when first asked for.</summary>
public sealed class PesterFile
{
    private const string Initialize = """
        Import-Module $args[0] -ErrorAction Stop
        Initialize-Runner -SessionState $ExecutionContext.SessionState -NewScope { param($__body) & $__body } -FileScope { param($__path) . $__path }
        """;

    // No telemetry from tests: the engine asks once, before it imports its first module.
    static PesterFile() => Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

    private readonly Lock _lock = new();
    private readonly Runspace _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
    private readonly Block _root;
    private bool _ran;

    private PesterFile(string path, string module)
    {
        Path = path;
        _root = new Block(null, System.IO.Path.GetFileName(path));
        _runspace.Open();
        try
        {
            Invoke(File.ReadAllText(System.IO.Path.Combine(AppContext.BaseDirectory, "Running", "MissingCommands.ps1")));
            Invoke(Initialize, System.IO.Path.Combine(AppContext.BaseDirectory, "Running", "PesterSubset.psm1"));
            Invoke("Import-Module $args[0] -ErrorAction Stop", module);
            _root = (Block)Invoke("Find-Test $args[0]", path).Single().BaseObject;
            Tests = [.. _root.Tests];
            Fault = Tests.Count == 0 ? "The file has no test." : null;
        }
        catch (RuntimeException e)
        {
            Fault = $"{e.Message}\n{e.ErrorRecord.ScriptStackTrace}";
        }
    }

    public string Path { get; }

    public IReadOnlyList<PesterTest> Tests { get; } = [];

    /// <summary>Why the tests can't be run at all (a syntax error, an error outside of a test), or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Runs discovery; never throws for what is wrong in the file.</summary>
    public static PesterFile Discover(string path, string module) => new(path, module);

    /// <summary>Runs all tests of the file, at the first call.</summary>
    public void Run()
    {
        lock (_lock)
        {
            if (_ran || Fault is not null)
            {
                return;
            }

            _ran = true;
            using var drive = new TestDrive();
            try
            {
                Invoke("Invoke-Test $args[0] $args[1]", _root, drive);
            }
            catch (RuntimeException e)
            {
                Fault = $"{e.Message}\n{e.ErrorRecord.ScriptStackTrace}";
            }

            _runspace.Dispose();
        }
    }

    private System.Collections.ObjectModel.Collection<PSObject> Invoke(string script, params object[] arguments)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddScript(script, useLocalScope: false);
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        return shell.Invoke();
    }
}
