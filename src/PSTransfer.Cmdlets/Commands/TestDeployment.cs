using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Diagnosis.Deployment;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Test-Deployment: tells whether a model file answers here as it did where it was trained.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Deployment", DefaultParameterSetName = "Path")]
[OutputType("PSTransfer.Core.Diagnosis.Deployment.DeploymentReport")]
[OutputType(typeof(bool))]
public sealed class TestDeployment : PathCmdlet
{
    /// <summary>Labelled images that include the reference pictures of the training.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [DatasetInput(SplitPart.Either)]
    public ImageDataset Dataset { get; set; } = null!;

    /// <summary>The largest difference of a probability with which answers count as the same.</summary>
    [Parameter]
    public double Tolerance { get; set; } = 1e-4;

    /// <summary>The device on which the model computes.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = "cpu";

    /// <summary>Writes true or false instead of a report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void Import(string path)
    {
        using var network = ModelFile.Load(path, WriteWarning);
        network.MoveToDevice(Device);
        var report = new DeploymentTest(network) { Tolerance = Tolerance }.Run(path, Dataset.Images, Token);
        WriteObject(Quiet ? report.Passed : report);
    }
}
