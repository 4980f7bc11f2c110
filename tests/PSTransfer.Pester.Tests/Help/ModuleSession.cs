using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace PSTransfer.Pester.Tests.Help;

/// <summary>A runspace of PowerShell with the module imported.</summary>
internal sealed class ModuleSession : IDisposable
{
    private readonly Runspace _runspace;

    public ModuleSession()
    {
        _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        _runspace.Open();
        Run("Import-Module $args[0] -ErrorAction Stop", Repository.Module);
    }

    /// <summary>The current folder of scripts.</summary>
    public string Folder
    {
        set => _runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(value));
    }

    /// <summary>Runs a script in the session's own scope, and gives its output.</summary>
    public IReadOnlyList<PSObject> Run(string script, params object[] arguments)
    {
        using var shell = Prepare(script, arguments);
        return shell.Invoke();
    }

    /// <summary>Runs a script and gives what it wrote to the error stream. The script is stopped when the token is cancelled.</summary>
    public IReadOnlyList<ErrorRecord> Try(string script, CancellationToken token)
    {
        using var shell = Prepare(script);
        using var stop = token.Register(() => shell.BeginStop(null, null));
        shell.Invoke();
        return [.. shell.Streams.Error];
    }

    public void Dispose() => _runspace.Dispose();

    private PowerShell Prepare(string script, params object[] arguments)
    {
        var shell = PowerShell.Create(_runspace);
        shell.AddScript(script, useLocalScope: false);
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        return shell;
    }
}
