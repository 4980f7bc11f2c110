using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Experiments;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Commands;

/// <summary>
/// Invoke-Experiment: makes the runs that a YAML file describes, with one result each. The whole file is checked before any work.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "Experiment", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(ExperimentResult))]
public sealed class InvokeExperiment : PathCmdlet
{
    /// <summary>Settings as key=value that replace those of the file.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ExperimentSettingCompleter))]
    public string[] Set { get; set; } = [];

    /// <summary>Repeats runs that are done already, and replaces existing files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Import(string path)
    {
        var experiment = Experiment.Load(path, Set, MatchesWildcard);
        ExperimentCheck.Run(experiment, Token);
        experiment.RequireValid();
        var activity = experiment.Name;
        var runner = new ExperimentRunner(experiment)
        {
            Warn = WriteWarning,
            Tell = WriteVerbose,
            Stepped = progress => ShowTraining(activity, progress),
            Working = (what, share) => ShowProgress(activity, what, share),
            Start = run =>
                ShouldProcess(
                    run.Name, FormattableString.Invariant($"Train {run.Epochs} epochs, run {run.Number} of {experiment.Runs.Count}")),
            IsHere = published => File.Exists(WeightCache.OfUser().PathOf(published)),
            Fetch = published => Fetch(WeightCache.OfUser(), published),
        };
        foreach (var run in experiment.Runs)
        {
            activity = $"{run.Name} ({run.Number} of {experiment.Runs.Count})";

            // A run that diverges gives an error of its own; the other runs go on.
            ForOne(() =>
            {
                if (runner.Run(run, Force, Token) is { } outcome)
                {
                    WriteObject(new ExperimentResult(outcome));
                }
            });
            EndProgress(activity);
        }
    }
}
