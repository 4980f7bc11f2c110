using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace PSTransfer.Pester.Tests.Help;

/// <summary>A runspace of the embedded engine with the module imported.</summary>
internal sealed class ModuleSession : IDisposable
{
    private readonly Runspace runspace;

    public ModuleSession()
    {
        runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();

        // The engine's package lacks commands that pwsh has, and that examples may use.
        Run(File.ReadAllText(Path.Combine(HelpFile.Root, "src", "PSTransfer.Host", "MissingCommands.ps1")));
        Run("Import-Module $args[0] -ErrorAction Stop", Path.Combine(HelpFile.Root, "PSTransfer.psd1"));
    }

    /// <summary>The current folder of scripts.</summary>
    public string Folder
    {
        set => runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(value));
    }

    /// <summary>Runs a script, in the session's own scope, and gives its output and what it wrote to the error stream.</summary>
    public (IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors) Run(string script, params object[] arguments)
    {
        using var shell = PowerShell.Create(runspace);
        shell.AddScript(script, useLocalScope: false);
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        var output = shell.Invoke();
        return (output, [.. shell.Streams.Error]);
    }

    public void Dispose() => runspace.Dispose();
}
