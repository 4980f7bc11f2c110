using System.Management.Automation;
using PSTransfer.Core.Models;

namespace PSTransfer.Commands;

/// <summary>Invoke-Prediction: the class of each image file.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Prediction", DefaultParameterSetName = "Path")]
[OutputType("PSTransfer.Core.Models.Prediction")]
public sealed class InvokePrediction : ImageFileCmdlet
{
    /// <inheritdoc/>
    private protected override IEnumerable<object> Run(IReadOnlyList<string> paths, IReadOnlyList<byte[]> images) =>
        new Predictor(Model.Network).Predict(paths, images);
}
