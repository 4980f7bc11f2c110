using System.Management.Automation;
using System.Management.Automation.Runspaces;

// PowerShell's engine and nothing else: runs the script that is its argument, and prints what comes out.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
using var shell = PowerShell.Create(InitialSessionState.CreateDefault2());
foreach (var one in shell.AddScript(args[0]).Invoke())
{
    Console.WriteLine(one);
}

foreach (var error in shell.Streams.Error)
{
    Console.Error.WriteLine(error);
}

return shell.HadErrors ? 1 : 0;
