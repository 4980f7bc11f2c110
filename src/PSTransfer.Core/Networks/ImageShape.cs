namespace PSTransfer.Core.Networks;

/// <summary>The size of an image: height and width in pixels, and 1 (grey) or 3 (RGB) channels.</summary>
public readonly record struct ImageShape(int Height, int Width, int Channels)
{
    /// <summary>The size of one image in bytes.</summary>
    public int ByteCount => Height * Width * Channels;

    /// <summary>
    /// The shape that a user gives as one side, as height and width, or as height, width and channels. What isn't given is as in
    /// <paramref name="usual"/>.
    /// </summary>
    internal static ImageShape Of(IReadOnlyList<int>? sizes, ImageShape usual) => sizes switch
    {
        null => usual,
        [var side] => new ImageShape(side, side, usual.Channels),
        [var height, var width] => new ImageShape(height, width, usual.Channels),
        [var height, var width, var channels, ..] => new ImageShape(height, width, channels),
        _ => throw new InvalidOperationException("Require wasn't called."),
    };

    /// <summary>Refuses a user's shape of another number of sizes.</summary>
    /// <exception cref="PSTransferException">InvalidArgument.</exception>
    internal static void Require(IReadOnlyList<int>? sizes, string parameter) => PSTransferException.Require(
        sizes is null or { Count: >= 1 and <= 3 },
        parameter,
        $"is height, width and channels, height and width, or one side, not {sizes?.Count} numbers");

    /// <summary>Writes the shape like 224×224×3.</summary>
    public override string ToString() => $"{Height}×{Width}×{Channels}";
}
