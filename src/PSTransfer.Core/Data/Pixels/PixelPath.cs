using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// The way from a picture's file to the numbers that a network sees. Here, and nowhere else, a file becomes pixels: training, evaluation,
/// prediction and features all read through this type. A model carries its path, in its file too.
/// </summary>
/// <param name="Shape">Height, width and channels of the pixels.</param>
/// <param name="Resize">How a picture of another size is brought to the shape.</param>
/// <param name="Preprocessing">What is done to the pixels before the first layer; None while no model is known.</param>
public sealed record PixelPath(ImageShape Shape, ResizeRule Resize, Preprocessing Preprocessing = Preprocessing.None)
{
    /// <summary>The version of the decoder before model files kept it.</summary>
    internal const int OlderDecoder = 2;

    /// <summary>The version of the decoder that the pixels come from. Equal versions decode a file to equal bytes.</summary>
    public int Decoder { get; init; } = ImageDecoder.Version;

    /// <summary>The first step, as far as bytes: the file is decoded, turned upright, converted to sRGB and brought to the shape.</summary>
    /// <param name="file">A picture's path.</param>
    /// <param name="destination">Takes H×W×C bytes, RGB or grey.</param>
    /// <exception cref="PSTransferException">The file is missing, damaged or no picture; the message names it.</exception>
    public void Read(string file, Span<byte> destination)
    {
        using var image = ImageDecoder.Decode(
            file,
            (height, width) => ImageResizer.Scale(height, width, Shape, Resize),
            (height, width) => ImageResizer.RowsRead(height, width, Shape, Resize));
        Fit(image.Pixels, destination);
    }

    /// <summary>The first step for a picture whose pixels are in memory.</summary>
    internal void Fit(PixelView picture, Span<byte> destination) => ImageResizer.Resize(picture, Shape, Resize, destination);

    /// <summary>The second step: the preprocessing that the network's weights expect. The caller owns the result.</summary>
    /// <param name="pixels">N×C×H×W, float32, 0 to 255.</param>
    public torch.Tensor Prepare(torch.Tensor pixels) => Preprocessing.Apply(pixels);

    /// <summary>As in "224×224×3, Crop, Torch".</summary>
    public override string ToString() => $"{Shape}, {Resize}, {Preprocessing}";
}
