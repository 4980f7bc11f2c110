using Microsoft.Win32.SafeHandles;

namespace PSTransfer.Core.Weights;

/// <summary>Opens a weight file for reading, with an error that says what to do.</summary>
internal static class WeightFileHandle
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What is expected there ("a Keras .h5 file").</param>
    /// <exception cref="PSTransferException">NotFound, or InvalidData for a folder or a file that can't be read.</exception>
    public static SafeFileHandle Open(string path, string what)
    {
        if (Directory.Exists(path))
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: expected {what}, found a folder; give the path of the file in it.", path);
        }

        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PSTransferException(FaultKind.NotFound, $"{path}: there is no such file; check the path.", path, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path} can't be read: {exception.Message.TrimEnd('.')}; check the path and its permissions.", path, exception);
        }
    }
}
