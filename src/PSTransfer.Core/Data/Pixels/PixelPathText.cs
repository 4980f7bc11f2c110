using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// A pixel path as a model file writes it: every link by name, also those that this version has only one way of, so that another program
/// can follow the path and a later version can tell what has changed.
/// </summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Channels">1 (grey) or 3 (RGB).</param>
/// <param name="Resize">How a picture of another size is brought to this one.</param>
/// <param name="Filter">How pixels are blended when the picture is scaled.</param>
/// <param name="Margin">What the shorter side is scaled to, as a multiple of the size that is cut out; 1 where nothing is cut away.</param>
/// <param name="Orientation">What turns a picture upright.</param>
/// <param name="Grey">How colour becomes grey, and grey colour.</param>
/// <param name="Alpha">What happens to transparency.</param>
/// <param name="ColourSpace">What the numbers of a picture with a colour profile are converted to.</param>
/// <param name="Preprocessing">What is done to the pixels before the first layer.</param>
/// <param name="Decoder">The version of the decoder that the model was trained with.</param>
internal sealed record PixelPathText(
    int Height,
    int Width,
    int Channels,
    ResizeRule Resize,
    string Filter,
    double Margin,
    string Orientation,
    string Grey,
    string Alpha,
    string ColourSpace,
    Preprocessing Preprocessing,
    int Decoder)
{
    private const double MarginTolerance = 1e-9;

    /// <summary>A path in words.</summary>
    public static PixelPathText Of(PixelPath path) => new(
        path.Shape.Height,
        path.Shape.Width,
        path.Shape.Channels,
        path.Resize,
        path.Resize == ResizeRule.Stretch ? "bilinear" : "bilinear, antialiased",
        path.Resize == ResizeRule.Crop ? ImageResizer.Margin(path.Shape) : 1,
        "EXIF",
        "ITU-R BT.601 luma; grey is repeated",
        "dropped",
        "sRGB",
        path.Preprocessing,
        path.Decoder);

    /// <summary>The path; null where a link is one that this version can't follow.</summary>
    /// <param name="link">The link at fault and what stands there.</param>
    public PixelPath? ToPath(out string? link)
    {
        var path = new PixelPath(new ImageShape(Height, Width, Channels), Resize, Preprocessing) { Decoder = Decoder };
        var ours = Of(path);
        link = Filter != ours.Filter ? $"filter \"{Filter}\""
            : Math.Abs(Margin - ours.Margin) > MarginTolerance ? FormattableString.Invariant($"margin {Margin}")
            : Orientation != ours.Orientation ? $"orientation \"{Orientation}\""
            : Grey != ours.Grey ? $"grey \"{Grey}\""
            : Alpha != ours.Alpha ? $"alpha \"{Alpha}\""
            : ColourSpace != ours.ColourSpace ? $"colourSpace \"{ColourSpace}\""
            : null;
        return link is null ? path : null;
    }
}
