namespace PSTransfer.Core.Data;

/// <summary>Height, width and channels of an image.</summary>
public readonly record struct ImageShape(int Height, int Width, int Channels)
{
    /// <summary>Bytes of one image.</summary>
    public int Size => Height * Width * Channels;

    /// <summary>(height, width, channels)</summary>
    public override string ToString() => $"({Height}, {Width}, {Channels})";
}
