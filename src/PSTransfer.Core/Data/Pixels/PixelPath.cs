using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// The way from a picture's file to the numbers that a network sees. Training, evaluation, prediction and features all read files through
/// this type alone. A model carries its path, and its file holds the path too.
/// </summary>
/// <param name="Shape">Height, width and channels of the pixels.</param>
/// <param name="Resize">How a picture of another size is brought to the shape.</param>
/// <param name="Preprocessing">The preprocessing before the first layer; None while no model is known.</param>
public sealed record PixelPath(ImageShape Shape, ResizeRule Resize, Preprocessing Preprocessing = Preprocessing.None)
{
    /// <summary>The decoder's version for model files that don't name one.</summary>
    internal const int OlderDecoder = 2;

    /// <summary>The version of the decoder that makes the pixels. Equal versions decode a file to equal bytes.</summary>
    public int Decoder { get; init; } = ImageDecoder.Version;

    /// <summary>
    /// Takes the first step, from a file to bytes: decodes it, turns it upright, converts it to sRGB and resizes it to the shape.
    /// </summary>
    /// <param name="file">A picture's path.</param>
    /// <param name="destination">Receives H×W×C bytes, RGB or grey.</param>
    /// <exception cref="PSTransferException">The file is missing, damaged or no picture; the message names it.</exception>
    public void Read(string file, Span<byte> destination)
    {
        using var image = ImageDecoder.Decode(
            file,
            (height, width) => ImageResizer.Scale(height, width, Shape, Resize),
            (height, width) => ImageResizer.RowsRead(height, width, Shape, Resize));
        Fit(image.Pixels, destination);
    }

    /// <summary>Takes the first step for a picture whose pixels are in memory.</summary>
    internal void Fit(PixelView picture, Span<byte> destination) => ImageResizer.Resize(picture, Shape, Resize, destination);

    /// <summary>Takes the second step: the preprocessing that the network's weights expect. The caller owns the result.</summary>
    /// <param name="pixels">N×C×H×W, float32, 0 to 255.</param>
    public torch.Tensor Prepare(torch.Tensor pixels) => Preprocessing.Apply(pixels);

    /// <summary>The path in words, as in "224×224×3, Crop, Torch".</summary>
    public override string ToString() => $"{Shape}, {Resize}, {Preprocessing}";
}
