namespace PSTransfer.Core.Weights.Zip;

/// <summary>A member of a zip archive, its place and lengths checked against the archive's length.</summary>
/// <param name="Name">Its name, fit for errors; never used as a path.</param>
/// <param name="Method">How it is compressed: <see cref="Stored"/> or <see cref="Deflated"/>.</param>
/// <param name="Start">Where its bytes begin.</param>
/// <param name="StoredLength">How many they are.</param>
/// <param name="Length">How many there are when expanded, as the archive declares.</param>
internal sealed record ZipMember(string Name, int Method, long Start, long StoredLength, long Length)
{
    public const int Stored = 0;
    public const int Deflated = 8;
}
