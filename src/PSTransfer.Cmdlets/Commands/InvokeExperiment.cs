using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Experiments;
using PSTransfer.Core.Training.Runs;
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
        var observer = new Observer(this) { Activity = experiment.Name };
        var runner = new ExperimentRunner(experiment)
        {
            Observer = observer,
            Start = run => ShouldProcess(run.Name, $"Train {run.Epochs} epochs, run {run.Number} of {experiment.Runs.Count}"),
            IsHere = published => File.Exists(WeightCache.OfUser().PathOf(published)),
            Fetch = published => Fetch(WeightCache.OfUser(), published),
        };
        foreach (var run in experiment.Runs)
        {
            observer.Activity = $"{run.Name} ({run.Number} of {experiment.Runs.Count})";

            // A run that diverges gives an error of its own; the other runs go on.
            ForOne(() =>
            {
                if (runner.Run(run, Force, Token) is { } outcome)
                {
                    WriteObject(new ExperimentResult(outcome));
                }
            });
            EndProgress(observer.Activity);
        }
    }

    private sealed class Observer(InvokeExperiment cmdlet) : RunObserver
    {
        /// <summary>The heading of the progress line.</summary>
        public required string Activity { get; set; }

        public override void Preparing(string what, double share) => cmdlet.ShowProgress(Activity, what, share);

        public override void Stepped(TrainingProgress progress) => cmdlet.ShowTraining(Activity, progress);

        public override void Warned(string text) => cmdlet.WriteWarning(text);

        public override void Told(string text) => cmdlet.WriteVerbose(text);
    }
}
