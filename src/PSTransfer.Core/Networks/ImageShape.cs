namespace PSTransfer.Core.Networks;

/// <summary>The size of an image: height and width in pixels, and 1 (grey) or 3 (RGB) channels.</summary>
public readonly record struct ImageShape(int Height, int Width, int Channels)
{
    /// <summary>The bytes of one image.</summary>
    public int ByteCount => Height * Width * Channels;

    /// <summary>As in 224×224×3.</summary>
    public override string ToString() => $"{Height}×{Width}×{Channels}";
}
