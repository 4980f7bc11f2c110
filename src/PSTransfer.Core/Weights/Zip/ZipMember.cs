namespace PSTransfer.Core.Weights.Zip;

/// <summary>A member of a zip archive. Its place and lengths have been checked against the archive's length.</summary>
/// <param name="Name">The member's name, fit for errors; never used as a path.</param>
/// <param name="Method">The compression method: <see cref="Stored"/> or <see cref="Deflated"/>.</param>
/// <param name="Start">The position of the first stored byte.</param>
/// <param name="StoredLength">The number of stored bytes.</param>
/// <param name="Length">The number of bytes after expansion, as the archive declares it.</param>
internal sealed record ZipMember(string Name, int Method, long Start, long StoredLength, long Length)
{
    public const int Stored = 0;
    public const int Deflated = 8;
}
