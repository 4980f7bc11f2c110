using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Experiments;

namespace PSTransfer.Commands;

/// <summary>Test-Experiment: reports all faults of an experiment without running it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Experiment", DefaultParameterSetName = "Path")]
[OutputType(typeof(ExperimentTest))]
[OutputType(typeof(bool))]
public sealed class TestExperiment : PathCmdlet
{
    /// <summary>Settings as key=value that replace those of the file.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ExperimentSettingCompleter))]
    public string[] Set { get; set; } = [];

    /// <summary>Writes true or false instead of a list.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void Import(string path)
    {
        var experiment = Experiment.Load(path, Set, MatchesWildcard);
        ExperimentCheck.Run(experiment, Token);
        foreach (var error in experiment.Errors)
        {
            WriteVerbose(error.ToString());
        }

        var test = new ExperimentTest(experiment.Path, experiment.Errors.Count == 0, experiment.Runs.Count, new(experiment.Errors));
        WriteObject(Quiet ? test.Valid : test);
    }
}
