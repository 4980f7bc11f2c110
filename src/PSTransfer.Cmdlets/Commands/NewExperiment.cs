using System.Management.Automation;
using PSTransfer.Core.Experiments;

namespace PSTransfer.Commands;

/// <summary>New-Experiment: writes a commented file to begin with.</summary>
[Cmdlet(VerbsCommon.New, "Experiment", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class NewExperiment : TransferCmdlet
{
    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = string.Empty;

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var path = ResolveTarget(Path);
        if (ShouldProcess(path, "Write an experiment to begin with"))
        {
            var schema = System.IO.Path.Combine(MyInvocation.MyCommand.Module.ModuleBase, "schema", "experiment.schema.json");
            ExperimentTemplate.Write(path, schema, overwrite: Force);
            WriteObject(new FileInfo(path));
        }
    }
}
