namespace PSTransfer.Core.Networks;

/// <summary>The size of an image: height and width in pixels, and 1 (grey) or 3 (RGB) channels.</summary>
public readonly record struct ImageShape(int Height, int Width, int Channels)
{
    /// <summary>The size of one image in bytes.</summary>
    public int ByteCount => Height * Width * Channels;

    /// <summary>Writes the shape like 224×224×3.</summary>
    public override string ToString() => $"{Height}×{Width}×{Channels}";
}
