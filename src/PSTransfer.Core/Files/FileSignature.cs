namespace PSTransfer.Core.Files;

/// <summary>Recognises a file by its first bytes, so that the error of the wrong reader can say what the file is.</summary>
internal static class FileSignature
{
    /// <summary>The number of bytes that <see cref="Describe"/> needs.</summary>
    public const int Length = 64;

    /// <summary>The first bytes of a file; empty if the file can't be read, which its reader will report.</summary>
    public static byte[] Read(string path)
    {
        try
        {
            using var file = RegularFile.OpenStream(path);
            var start = new byte[Length];
            return start[..file.ReadAtLeast(start, Length, throwOnEndOfStream: false)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether the file is HDF5.</summary>
    public static bool IsHdf5(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x89, .. "HDF\r\n\x1a\n"u8]);

    /// <summary>Whether the file is a zip archive, as today's PyTorch files and Keras' .keras files are.</summary>
    public static bool IsZip(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8);

    /// <summary>
    /// Whether the file begins like PyTorch's files before version 1.6: with a pickle of a ten-byte number. Protocols 2 and 3 begin with
    /// the number, 4 and 5 with the length of a frame. Read as the length of a safetensors header, the same bytes would exceed that
    /// format's limit.
    /// </summary>
    public static bool IsLegacyPyTorch(ReadOnlySpan<byte> start) =>
        start is [0x80, 2 or 3, 0x8A, 0x0A, ..] or [0x80, 4 or 5, 0x95, 0x0D, ..];

    /// <summary>Whether the file begins like a safetensors file: a length below 2^32, then a brace.</summary>
    public static bool IsSafetensors(ReadOnlySpan<byte> start) => start is [_, _, _, _, 0, 0, 0, 0, (byte)'{', ..];

    /// <summary>Describes the file ("a zip archive (PyTorch .pth?)"); null if the first bytes are unknown.</summary>
    public static string? Describe(ReadOnlySpan<byte> start) => start switch
    {
        _ when IsZip(start) => "a zip archive (PyTorch .pth? Keras .keras?)",
        _ when IsHdf5(start) => "an HDF5 file (Keras .h5?)",
        _ when start.StartsWith((ReadOnlySpan<byte>)[0x80, 0x02]) => "a Python pickle (PyTorch .pth of before 2020?)",
        _ when start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) => "a gzip archive",
        _ when start.StartsWith("version https://"u8) => "a Git LFS pointer, not the file itself (git lfs pull fetches it)",
        _ when start.StartsWith("<!"u8) || start.StartsWith("<htm"u8) => "a web page (a download that went wrong?)",
        _ => null,
    };
}
