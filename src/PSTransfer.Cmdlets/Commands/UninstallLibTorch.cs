using System.Management.Automation;
using PSTransfer.Core.Native.Installing;

namespace PSTransfer.Commands;

/// <summary>Uninstall-LibTorch: removes versions of libtorch that Install-LibTorch installed and this module no longer needs.</summary>
[Cmdlet(VerbsLifecycle.Uninstall, "LibTorch", SupportsShouldProcess = true)]
public sealed class UninstallLibTorch : TransferCmdlet
{
    /// <summary>Also removes the version that this module needs.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var installer = LibTorchInstaller.OfUser(SessionState.Path.CurrentFileSystemLocation.ProviderPath);
        foreach (var path in installer.Removable(All))
        {
            if (ShouldProcess(path, "Remove"))
            {
                ForOne(() => installer.Uninstall(path, Token));
            }
        }
    }
}
