namespace PSTransfer.Core.Networks;

/// <summary>The shape of one image's features, without the batch: channels × height × width, or a plain vector when <see cref="IsVector"/>.</summary>
public readonly record struct FeatureShape(int Channels, int Height, int Width, bool IsVector = false)
{
    /// <summary>Values per image.</summary>
    public int Size => Channels * Height * Width;

    /// <summary>A vector of the given length.</summary>
    public static FeatureShape Vector(int length) => new(length, 1, 1, true);

    /// <summary>Height, width, channels as Keras writes them; a vector's length alone.</summary>
    public override string ToString() => IsVector ? $"({Channels})" : $"({Height}, {Width}, {Channels})";
}
