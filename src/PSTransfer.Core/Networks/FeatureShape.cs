namespace PSTransfer.Core.Networks;

/// <summary>
/// The shape of one image's features without the batch: channels × height × width, or a plain vector if <see cref="IsVector"/>.
/// </summary>
public readonly record struct FeatureShape(int Channels, int Height, int Width, bool IsVector = false)
{
    /// <summary>The number of values per image.</summary>
    public int Size => Channels * Height * Width;

    /// <summary>Returns the shape of a vector of the given length.</summary>
    public static FeatureShape Vector(int length) => new(length, 1, 1, true);

    /// <summary>Writes height, width and channels as Keras does; for a vector, the length alone.</summary>
    public override string ToString() => IsVector ? $"({Channels})" : $"({Height}, {Width}, {Channels})";
}
