using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core.Evaluation;

namespace PSTransfer.Commands;

/// <summary>Get-ImageFeature: computes the pooled features of each image file.</summary>
[Cmdlet(VerbsCommon.Get, "ImageFeature", DefaultParameterSetName = "Path")]
[OutputType("PSTransfer.Core.Evaluation.ImageFeature")]
public sealed class GetImageFeature : ImageFileCmdlet
{
    /// <summary>The backbone's layer whose output is taken; by default the backbone's own output.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BackboneLayerCompleter))]
    public string? Layer { get; set; }

    /// <inheritdoc/>
    protected override void Begin() => _ = Layer is null ? null : Model.Network.RequireBackboneLayer(Layer);

    /// <inheritdoc/>
    private protected override IEnumerable<object> Run(Predictor predictor, IReadOnlyList<ReadImage> images) =>
        predictor.Extract(images, Layer);
}
