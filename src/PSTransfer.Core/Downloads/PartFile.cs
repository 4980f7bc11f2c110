using System.Text;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Downloads;

/// <summary>
/// The part of a file that has been downloaded so far, kept beside its final path. This process or a later one can resume it. A second file
/// holds the server's entity tag. Its lock keeps other processes away from both files while this object lives.
/// </summary>
internal sealed class PartFile : IDisposable
{
    private const int LongestTag = 1024;
    private const int Windows = unchecked((int)0x80070020); // ERROR_SHARING_VIOLATION
    private const int Linux = 11;                           // EWOULDBLOCK
    private const int MacOS = 35;

    private readonly string _path;
    private readonly FileStream _tag;
    private readonly FileStream _content;

    private PartFile(string path, FileStream tag, FileStream content) => (_path, _tag, _content) = (path, tag, content);

    /// <summary>The number of bytes so far.</summary>
    public long Length => _content.Length;

    /// <summary>The path that the whole file will have.</summary>
    public string Target => _path;

    /// <summary>The bytes that have arrived, for reading only.</summary>
    public Stream Content => _content;

    /// <summary>
    /// The entity tag (RFC 9110, 8.8.3) of the part. If null, the server gave none, and the part can't be resumed by its tag.
    /// </summary>
    public string? Tag
    {
        get
        {
            var bytes = new byte[Math.Min(_tag.Length, LongestTag)];
            _tag.Position = 0;
            var tag = Encoding.ASCII.GetString(bytes, 0, _tag.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
            return tag.Length > 0 && Length > 0 ? tag : null;
        }
    }

    /// <summary>The path of a file's bytes until it is whole.</summary>
    public static string PartOf(string path) => path + ".part";

    /// <summary>
    /// Opens the part file for this process alone, with the bytes of earlier attempts. Returns null while another process has it open.
    /// </summary>
    /// <param name="path">The path that the whole file will have; its folder is created if need be.</param>
    /// <exception cref="PSTransferException">WriteFailed: the folder can't be written to.</exception>
    public static PartFile? TryOpen(string path)
    {
        FileStream? tag = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            tag = Open(TagOf(path));
            return new PartFile(path, tag, Open(PartOf(path)));
        }
        catch (IOException exception) when (exception.HResult is Windows or Linux or MacOS)
        {
            tag?.Dispose();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            tag?.Dispose();
            throw Unwritable(path, exception);
        }
    }

    /// <summary>Discards the bytes so far and sets the entity tag of those that follow, or none.</summary>
    /// <exception cref="PSTransferException">WriteFailed.</exception>
    public void StartOver(string? tag) => Write(() =>
    {
        _content.SetLength(0);
        _tag.SetLength(0);
        _tag.Write(Encoding.ASCII.GetBytes(tag is { Length: <= LongestTag } ? tag : string.Empty));
        _tag.Flush();
    });

    /// <summary>Adds bytes at the end of the part.</summary>
    /// <exception cref="PSTransferException">WriteFailed.</exception>
    public void Append(byte[] bytes, int count) => Write(() =>
    {
        _content.Seek(0, SeekOrigin.End);
        _content.Write(bytes, 0, count);
    });

    /// <summary>Gives the finished file its final name. Only <see cref="Dispose"/> may be called afterwards.</summary>
    /// <exception cref="PSTransferException">WriteFailed.</exception>
    public void Complete() => Write(() =>
    {
        _content.Flush(flushToDisk: true);
        _content.Dispose();
        FileMove.Current.Move(PartOf(_path), _path, overwrite: true);
        File.Delete(TagOf(_path)); // still locked: a waiting process finds the whole file
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_content.CanRead && _content.Length == 0)
        {
            Discard(PartOf(_path));
            Discard(TagOf(_path));
        }

        _content.Dispose();
        _tag.Dispose();
    }

    private static string TagOf(string path) => path + ".part.etag";

    /// <summary>
    /// Opens a file of PSTransfer's own. A link under its name is a stranger's and is never followed, or the download would be written to
    /// its target.
    /// </summary>
    private static FileStream Open(string path)
    {
        RefuseLink(path);
        RegularFile.Require(path);
        if (!File.Exists(path))
        {
            try
            {
                return Open(path, FileMode.CreateNew); // The system follows no link that is put there meanwhile.
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process created the file first.
            }
        }

        var stream = Open(path, FileMode.Open);
        try
        {
            RefuseLink(path);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    // Deleting is shared, but this process alone can do it. Where open files can't be deleted otherwise, it is needed.
    private static FileStream Open(string path, FileMode mode) =>
        new(path, mode, FileAccess.ReadWrite, OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None);

    private static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target)
        {
            throw new PSTransferException(
                FaultKind.WriteFailed,
                $"{path}: expected a file of a download or none, found a link to {Printable.Text(target)}, which PSTransfer never "
                + "makes; it isn't followed. Delete the link, and look at who may write into this folder.",
                path);
        }
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An empty file may remain.
        }
    }

    private static PSTransferException Unwritable(string path, Exception exception) =>
        new(
            FaultKind.WriteFailed,
            $"{path} can't be written: {exception.Message.TrimEnd('.')}. Free some space, correct the permissions, or set "
            + $"{CacheFolder.Variable} to a folder that can be written.",
            path,
            exception);

    private void Write(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(_path, exception);
        }
    }
}
