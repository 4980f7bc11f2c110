namespace PSTransfer.Core.Files;

/// <summary>Reads data files to the byte: missing or surplus bytes are an error that names the file.</summary>
internal static class BinaryFile
{
    private const int BufferSize = 1 << 16;

    /// <exception cref="PSTransferException">The path is no regular file, such as a pipe, which would wait for ever.</exception>
    public static FileStream Open(string path, int bufferSize = BufferSize) =>
        RegularFile.OpenStream(path, FileShare.Read, FileOptions.SequentialScan, bufferSize);

    /// <summary>Fills the buffer from the stream.</summary>
    /// <param name="content">The stream to read from.</param>
    /// <param name="buffer">The buffer, whose length is the number of expected bytes.</param>
    /// <param name="path">The file, for the message.</param>
    /// <param name="place">The part that is being read, such as "image 7 of 10".</param>
    /// <exception cref="PSTransferException">The stream ends before.</exception>
    public static void ReadExactly(Stream content, Span<byte> buffer, string path, string place)
    {
        var found = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (found < buffer.Length)
        {
            throw Broken(
                path, $"the file ends at {place}: expected {buffer.Length} bytes there, found {found}. It is cut short; get it again");
        }
    }

    public static PSTransferException Broken(string path, string what) => new(FaultKind.InvalidData, $"{path}: {what}.", path);
}
