using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Backbones;

/// <summary>Whose layout a backbone follows: names, padding, BatchNorm defaults.</summary>
public enum BackboneFamily
{
    /// <summary>torchvision's layout. BatchNorm: momentum 0.1 (torch's convention), unbiased stored variance.</summary>
    Torch,

    /// <summary>Keras Applications' layout. BatchNorm: momentum 0.99 (Keras' convention), biased stored variance as in Keras 3.</summary>
    Keras,
}

/// <summary>Everything that is known of a backbone without building it.</summary>
public sealed record BackboneSpec
{
    /// <summary>The name that New-Backbone takes.</summary>
    public required string Name { get; init; }

    /// <summary>Whose layout it is.</summary>
    public required BackboneFamily Family { get; init; }

    /// <summary>The side of the square images the published weights were trained on, pixels.</summary>
    public required int DefaultImageSize { get; init; }

    /// <summary>The smallest side that the network accepts, pixels.</summary>
    public required int MinimumImageSize { get; init; }

    /// <summary>What the weights expect of pixels.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>How a folder's images are brought to the input's size unless the user says otherwise.</summary>
    public ResizeRule Resize => Family == BackboneFamily.Torch ? ResizeRule.Crop : ResizeRule.Stretch;

    /// <summary>eps of its BatchNorm layers.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of the new batch in an update of its BatchNorm layers' statistics, torch's convention; null for its family's usual one.</summary>
    public double? Momentum { get; init; }

    /// <summary>What its layers were called before; null where they always had these names.</summary>
    public OlderNames? OlderNames { get; init; }

    /// <summary>Weights that New-Backbone -Weights knows by name: those set here come with the module, then those that its publisher offers.</summary>
    public IReadOnlyList<string> Weights
    {
        get => [.. field, .. PublishedCatalogue.For(Name).Select(set => set.Name)];
        init;
    } = [];

    /// <summary>What others call its tensors (torchvision's layout).</summary>
    public IReadOnlyList<NameStyle> OtherNames { get; init; } = [];

    /// <summary>The paper.</summary>
    public required string Reference { get; init; }

    /// <summary>Writes the layers into a builder and returns the order in which the original lists them, or null for the order written.</summary>
    public required Func<GraphBuilder, IReadOnlyList<Layer>?> Layout { get; init; }

    /// <summary>Builds the network; its weights are yet to be set.</summary>
    /// <param name="shape">Height, width and channels of its images.</param>
    /// <exception cref="PSTransferException">The images are smaller than <see cref="MinimumImageSize"/>.</exception>
    public Graph Build(ImageShape shape)
    {
        if (shape.Height < MinimumImageSize || shape.Width < MinimumImageSize)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{Name} needs images of at least {MinimumImageSize}×{MinimumImageSize} pixels, but -InputShape is {shape.Height}×{shape.Width}. Enlarge the images (Import-ImageDataset -ImageSize) or choose a smaller backbone (resnet20 accepts 8×8).",
                "InputShape");
        }

        if (shape.Height > Defaults.LargestSide || shape.Width > Defaults.LargestSide)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument, $"-InputShape is {shape.Height}×{shape.Width}, but sides of up to {Defaults.LargestSide} pixels are possible.", "InputShape");
        }

        if (shape.Channels != 3 && (shape.Channels != 1 || Preprocessing is Preprocessing.Torch or Preprocessing.Caffe or Preprocessing.None))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{Name} takes images of 3 channels, but -InputShape asks for {shape.Channels}. Grey images are repeated on three channels by Import-ImageDataset.",
                "InputShape");
        }

        var builder = new GraphBuilder(new FeatureShape(shape.Channels, shape.Height, shape.Width))
        {
            Epsilon = Epsilon,
            Momentum = Momentum ?? (Family == BackboneFamily.Keras ? 0.01 : 0.1),
            Estimator = Family == BackboneFamily.Keras ? VarianceEstimator.Biased : VarianceEstimator.Unbiased,
        };
        return builder.Build(Layout(builder));
    }
}
