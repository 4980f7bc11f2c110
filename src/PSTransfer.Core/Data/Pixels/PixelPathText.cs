using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// A pixel path as a model file writes it. Every step is named, even those that this version can do in one way only. Another program can
/// thus follow the path, and a later version can tell what has changed.
/// </summary>
/// <param name="Height">The picture's height in pixels.</param>
/// <param name="Width">The picture's width in pixels.</param>
/// <param name="Channels">1 (grey) or 3 (RGB).</param>
/// <param name="Resize">How a picture of another size is brought to this size.</param>
/// <param name="Filter">How pixels are blended when the picture is scaled.</param>
/// <param name="Margin">The size to which the shorter side is scaled, as a multiple of the size that is cut out; 1 if nothing is cut
/// away.</param>
/// <param name="Orientation">Which data turn a picture upright.</param>
/// <param name="Grey">How colour becomes grey, and grey colour.</param>
/// <param name="Alpha">What happens to transparency.</param>
/// <param name="ColourSpace">The colour space to which a picture with a colour profile is converted.</param>
/// <param name="Preprocessing">The preprocessing before the first layer.</param>
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

    /// <summary>Describes a path in words.</summary>
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

    /// <summary>Reads the path; null if this version can't take one of its steps.</summary>
    /// <param name="link">The step that can't be taken, and its value.</param>
    public PixelPath? ToPath(out string? link)
    {
        var path = new PixelPath(new ImageShape(Height, Width, Channels), Resize, Preprocessing) { Decoder = Decoder };
        var ours = Of(path);
        link = Filter != ours.Filter ? $"filter \"{Filter}\""
            : Math.Abs(Margin - ours.Margin) > MarginTolerance ? $"margin {Margin}"
            : Orientation != ours.Orientation ? $"orientation \"{Orientation}\""
            : Grey != ours.Grey ? $"grey \"{Grey}\""
            : Alpha != ours.Alpha ? $"alpha \"{Alpha}\""
            : ColourSpace != ours.ColourSpace ? $"colourSpace \"{ColourSpace}\""
            : null;
        return link is null ? path : null;
    }
}
