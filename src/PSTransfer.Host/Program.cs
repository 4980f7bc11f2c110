using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

// Runs PowerShell's own console host with this clone's module imported. The command line is that of pwsh: a prompt, a script or a command.
const string Manifest = "PSTransfer.psd1";

Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
Environment.SetEnvironmentVariable("POWERSHELL_UPDATECHECK", "Off");
var folder = new DirectoryInfo(AppContext.BaseDirectory);
while (folder is not null && !File.Exists(Path.Combine(folder.FullName, Manifest)))
{
    folder = folder.Parent;
}

if (folder is null)
{
    Console.Error.WriteLine($"There is no {Manifest} in {AppContext.BaseDirectory} or above it: run the host from a clone of PSTransfer.");
    return 1;
}

var state = InitialSessionState.CreateDefault2();
state.ImportPSModule([Path.Combine(folder.FullName, Manifest)]);
return ConsoleShell.Start(state, bannerText: null, helpText: null, args);
