using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Weights;

/// <summary>A weight file, open for reading. Its errors name the file and say what to do. Several threads may read at once.</summary>
/// <param name="path">The file, for errors.</param>
/// <param name="handle">The handle, closed together with this object.</param>
internal sealed class WeightFileHandle(string path, SafeFileHandle handle) : IDisposable
{
    /// <summary>The file, as errors name it.</summary>
    public string Path => path;

    /// <summary>The file's length in bytes when it was opened.</summary>
    public long Length { get; } = RandomAccess.GetLength(handle);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What is expected there, such as "a Keras .h5 file".</param>
    /// <exception cref="PSTransferException">NotFound, or InvalidData for a folder or a file that can't be read.</exception>
    public static WeightFileHandle Open(string path, string what)
    {
        if (Directory.Exists(path))
        {
            throw new PSTransferException(
                FaultKind.InvalidData, $"{path}: expected {what}, found a folder; give the path of the file in it.", path);
        }

        SafeFileHandle? handle = null;
        try
        {
            handle = RegularFile.Open(path, FileShare.Read | FileShare.Delete);
            return new WeightFileHandle(path, handle);
        }
        catch (Exception exception)
        {
            handle?.Dispose();
            throw exception switch
            {
                FileNotFoundException or DirectoryNotFoundException =>
                    new PSTransferException(FaultKind.NotFound, $"{path}: there is no such file; check the path.", path, exception),
                IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException =>
                    FileFault.Unreadable(path, exception),
                _ => exception,
            };
        }
    }

    /// <summary>Reads the first bytes: as many as <see cref="FileSignature"/> needs, or fewer from a shorter file.</summary>
    public byte[] ReadStart()
    {
        var start = new byte[Math.Min(FileSignature.Length, Length)];
        ReadExactly(0, start);
        return start;
    }

    /// <summary>Fills the span with the file's bytes from a position on, which was checked against the length.</summary>
    /// <exception cref="PSTransferException">The system refuses to read, or the file became shorter.</exception>
    public void ReadExactly(long position, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var count = Read(position, destination);
            if (count == 0)
            {
                throw FileFault.Damaged(path, $"it ends at byte {position}; it was cut short while it was being read");
            }

            position += count;
            destination = destination[count..];
        }
    }

    /// <summary>Reads some bytes; returns 0 at the end.</summary>
    /// <exception cref="PSTransferException">The system refuses to read.</exception>
    public int Read(long position, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(handle, destination, position);
        }
        catch (IOException exception)
        {
            throw FileFault.Unreadable(path, exception);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => handle.Dispose();
}
