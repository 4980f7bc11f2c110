using PSTransfer.Core.Backbones.Names;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Backbones;

/// <summary>The framework whose layout a backbone follows: names, padding, BatchNorm defaults.</summary>
public enum BackboneFamily
{
    /// <summary>torchvision's layout. BatchNorm: momentum 0.1 (torch's convention), unbiased stored variance.</summary>
    Torch,

    /// <summary>Keras Applications' layout. BatchNorm: momentum 0.99 (Keras' convention), biased stored variance as in Keras 3.</summary>
    Keras,
}

/// <summary>Everything known about a backbone before it is built.</summary>
public sealed record BackboneSpec
{
    /// <summary>The name that New-Backbone takes.</summary>
    public required string Name { get; init; }

    /// <summary>The framework whose layout the backbone follows.</summary>
    public required BackboneFamily Family { get; init; }

    /// <summary>The side in pixels of the square images on which the published weights were trained.</summary>
    public required int DefaultImageSize { get; init; }

    /// <summary>The smallest side in pixels that the network accepts.</summary>
    public required int MinimumImageSize { get; init; }

    /// <summary>The scaling of pixels that the weights expect.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>How a folder's images are brought to the input's size, unless the user says otherwise.</summary>
    public ResizeRule Resize => Family == BackboneFamily.Torch ? ResizeRule.Crop : ResizeRule.Stretch;

    /// <summary>The eps of the backbone's BatchNorm layers.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>
    /// The share of the new batch in an update of BatchNorm statistics, in torch's convention; null for the family's usual share.
    /// </summary>
    public double? Momentum { get; init; }

    /// <summary>The earlier names of the backbone's layers; null if the names never changed.</summary>
    public OlderNames? OlderNames { get; init; }

    /// <summary>
    /// The names that New-Backbone -Weights accepts. Weights that come with the module are first; those of the publisher follow.
    /// </summary>
    public IReadOnlyList<string> Weights
    {
        get => [.. field, .. PublishedCatalogue.For(Name).Select(set => set.Name)];
        init;
    } = [];

    /// <summary>The names that other libraries give the tensors (torchvision's layout).</summary>
    public IReadOnlyList<NameStyle> OtherNames { get; init; } = [];

    /// <summary>The backbone's paper.</summary>
    public required string Reference { get; init; }

    /// <summary>
    /// Writes the layers into a builder. Returns the order in which the original lists them, or null for the order written.
    /// </summary>
    public required Func<GraphBuilder, IReadOnlyList<Layer>?> Layout { get; init; }

    /// <summary>
    /// Describes a network that no table knows and that is given by its layers. The caller sets the <see cref="Layout"/>.
    /// </summary>
    public static BackboneSpec Described(string name, BackboneFamily family, Preprocessing preprocessing) => new()
    {
        Name = name,
        Family = family,
        DefaultImageSize = 224,
        MinimumImageSize = 1,
        Preprocessing = preprocessing,
        Reference = string.Empty,
        Layout = _ => throw new InvalidOperationException($"{name} has no layers yet."),
    };

    /// <summary>Builds the network, without setting its weights.</summary>
    /// <param name="shape">Height, width and channels of the images.</param>
    /// <exception cref="PSTransferException">The images are smaller than <see cref="MinimumImageSize"/>.</exception>
    public Graph Build(ImageShape shape)
    {
        if (shape.Height < MinimumImageSize || shape.Width < MinimumImageSize)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{Name} needs images of at least {MinimumImageSize}×{MinimumImageSize} pixels, "
                + $"but {Option.Name("InputShape")} is {shape.Height}×{shape.Width}. "
                + $"Enlarge the images ({Option.Name("ImageSize", of: "Import-ImageDataset")}) or choose a smaller backbone "
                + "(resnet20 accepts 8×8).",
                "InputShape");
        }

        PSTransferException.Require(
            shape.Height <= Defaults.LargestSide && shape.Width <= Defaults.LargestSide,
            "InputShape",
            $"is {shape.Height}×{shape.Width}, but sides of up to {Defaults.LargestSide} pixels are possible");

        if (shape.Channels != 3
            && (shape.Channels != 1 || Preprocessing is Preprocessing.Torch or Preprocessing.Caffe or Preprocessing.None))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{Name} takes images of 3 channels, but {Option.Name("InputShape")} asks for {shape.Channels}. "
                + "Grey images are repeated on three channels by Import-ImageDataset.",
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
