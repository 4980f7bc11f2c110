namespace PSTransfer.Core.Files;

/// <summary>Reading data files to the byte: what is missing or left over is an error that names the file.</summary>
internal static class BinaryFile
{
    private const int BufferSize = 1 << 16;

    /// <exception cref="PSTransferException">It is no regular file, as a pipe, which would wait for ever.</exception>
    public static FileStream Open(string path, int bufferSize = BufferSize) =>
        RegularFile.OpenStream(path, FileShare.Read, FileOptions.SequentialScan, bufferSize);

    /// <summary>Fills the buffer.</summary>
    /// <param name="content">The stream to read from.</param>
    /// <param name="buffer">As many bytes as are expected.</param>
    /// <param name="path">The file, for the message.</param>
    /// <param name="place">What is being read, as in "image 7 of 10".</param>
    /// <exception cref="PSTransferException">The stream ends before.</exception>
    public static void ReadExactly(Stream content, Span<byte> buffer, string path, string place)
    {
        var found = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (found < buffer.Length)
        {
            throw Broken(path, $"the file ends at {place}: expected {buffer.Length} bytes there, found {found}. It is cut short; get it again");
        }
    }

    public static PSTransferException Broken(string path, string what) => new(FaultKind.InvalidData, $"{path}: {what}.", path);
}
