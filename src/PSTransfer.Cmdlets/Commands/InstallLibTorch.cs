using System.Management.Automation;
using PSTransfer.Core.Native.Installing;
using PSTransfer.Core.Text;

namespace PSTransfer.Commands;

/// <summary>Install-LibTorch: installs the native libraries that models compute with, which aren't in the package.</summary>
[Cmdlet(VerbsLifecycle.Install, "LibTorch", SupportsShouldProcess = true)]
[OutputType("PSTransfer.Core.Native.Installing.InstalledLibTorch")]
public sealed class InstallLibTorch : TransferCmdlet
{
    private const string Activity = "Installing libtorch";

    /// <summary>A package's file or a folder, instead of the NuGet feeds.</summary>
    [Parameter(Position = 0)]
    [Alias("LiteralPath")]
    public string? Path { get; set; }

    /// <summary>Replaces what is installed.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var installer = LibTorchInstaller.OfUser(SessionState.Path.CurrentFileSystemLocation.ProviderPath);
        var plan = installer.Prepare(Path is null ? null : ResolveTarget(Path));
        if (!Force && installer.Installed is { } there && there.Build == plan.Build)
        {
            WriteVerbose($"libtorch {there.Version} is installed in {there.Path}; -Force replaces it.");
            WriteObject(there);
            return;
        }

        if (ShouldProcess(installer.Target, plan.Text))
        {
            // As with Write-Host, the text is shown without being asked for: it names the downloads before they begin.
            WriteInformation(new HostInformationMessage { Message = Printable.Line(plan.Text) }, ["PSHOST"]);
            try
            {
                WriteObject(installer.Install(plan, Force, Show, Token));
            }
            finally
            {
                EndProgress(Activity);
            }

            if (installer.Overridden is { } overridden)
            {
                WriteWarning(overridden);
            }
        }
    }

    private void Show(string step, long done, long total) => ShowProgress(
        Activity,
        total > 0 ? $"{step}: {done / 1e6:0} MB of {total / 1e6:0} MB" : step,
        total > 0 ? (double)done / total : 0);
}
