using System.Management.Automation;
using PSTransfer.Core.Reports;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.Commands;

/// <summary>Find-LearningRate: trains a copy at rising rates and suggests one. The model isn't touched.</summary>
[Cmdlet(VerbsCommon.Find, "LearningRate", SupportsShouldProcess = true)]
[OutputType("PSTransfer.Core.Training.LearningRateSweep")]
public sealed class FindLearningRate : StepCmdlet
{
    /// <summary>The first rate.</summary>
    [Parameter]
    public double Minimum { get; set; } = 1e-7;

    /// <summary>The last rate.</summary>
    [Parameter]
    public double Maximum { get; set; } = 10;

    /// <summary>Steps from the first to the last.</summary>
    [Parameter]
    public int Steps { get; set; } = 100;

    /// <summary>An SVG file to write: the loss over the rate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ChartPath { get; set; }

    /// <summary>Replace a chart that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Execute()
    {
        var chart = ChartPath is null ? null : ResolveTarget(ChartPath);
        if (!ShouldProcess(Model.Name, $"Try {Steps} learning rates on a copy{(chart is null ? string.Empty : $", writing {chart}")}"))
        {
            return;
        }

        if (chart is not null)
        {
            LearningRateChart.RequireTarget(chart, Force);
        }

        var activity = $"Trying learning rates on a copy of {Model.Name}";
        var sweep = LearningRateFinder.Run(
            Model.Network, Dataset.Images, Options, Minimum, Maximum, Steps, new Observer(this, activity), Token);
        EndProgress(activity);
        if (chart is not null)
        {
            LearningRateChart.Write(sweep, chart, Force);
        }

        WriteObject(sweep);
    }

    private sealed class Observer(FindLearningRate cmdlet, string activity) : ProgressObserver(cmdlet, activity)
    {
        public override void Stepped(TrainingProgress progress) =>
            cmdlet.ShowProgress(Activity, $"{cmdlet.Minimum:g3} to {cmdlet.Maximum:g3}", progress.Step / (double)progress.Steps);

        public override void Warned(string text) => cmdlet.WriteWarning(text);
    }
}
