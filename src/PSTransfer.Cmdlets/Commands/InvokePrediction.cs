using System.Management.Automation;
using PSTransfer.Core.Evaluation;

namespace PSTransfer.Commands;

/// <summary>Invoke-Prediction: finds the class of each image file.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Prediction", DefaultParameterSetName = "Path")]
[OutputType("PSTransfer.Core.Evaluation.Prediction")]
public sealed class InvokePrediction : ImageFileCmdlet
{
    /// <summary>How many of the most probable classes Probabilities holds, best first. By default all, in the model's order.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Top { get; set; }

    /// <summary>The least probability with which a class is named.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double Threshold { get; set; }

    /// <inheritdoc/>
    protected override void Begin() => Model.Network.RequireHead();

    /// <inheritdoc/>
    private protected override IEnumerable<object> Run(Predictor predictor, IReadOnlyList<ReadImage> images) =>
        predictor.Predict(images, Top, Threshold);
}
