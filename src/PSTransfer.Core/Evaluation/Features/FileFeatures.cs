using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Files;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;
using TorchSharp;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>
/// Stores features in a file. The file holds a line of text, the key of the features, the rows as this machine's float32, and a SHA-256
/// over all that. Rows are read from the file each time; the operating system caches what it has room for.
/// </summary>
/// <remarks>
/// Positioned reads are used instead of a mapped file. If a mapped file is cut short, the process dies; a read throws an exception.
/// </remarks>
internal sealed class FileFeatures : FeatureStore
{
    private const int DigestBytes = SHA256.HashSizeInBytes;
    private const int BufferBytes = 1 << 20;

    /// <summary>
    /// Lets another run replace the file with the same features while this one reads. Windows permits that only if readers allow it.
    /// </summary>
    private const FileShare Sharing = FileShare.Read | FileShare.Delete;

    private static readonly byte[] _title = Encoding.ASCII.GetBytes(
        $"PSTransfer features 1 {(BitConverter.IsLittleEndian ? "little" : "big")}-endian\n");

    private readonly SafeFileHandle _file;
    private readonly FeatureShape _shape;
    private readonly torch.Device _device;
    private readonly IDisposable _owner;

    private FileFeatures(SafeFileHandle file, FeatureShape shape, torch.Device device, IDisposable? owner = null) =>
        (_file, _shape, _device, _owner) = (file, shape, device, owner ?? file);

    private static int Start => _title.Length + DigestBytes;

    /// <summary>Opens a file that an earlier run wrote.</summary>
    /// <returns>The features; null if there is no file.</returns>
    /// <exception cref="PSTransferException">The file isn't as it was written: it is cut short, another file, or has a changed
    /// bit.</exception>
    public static FileFeatures? Open(string path, byte[] key, long count, FeatureShape shape, torch.Device device, CancellationToken token)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        SafeFileHandle? file = null;
        try
        {
            file = RegularFile.Open(path, Sharing);
            var expected = Start + (count * shape.Size * sizeof(float)) + DigestBytes;
            var length = RandomAccess.GetLength(file);
            Check(length == expected, $"it has {length} bytes instead of {expected}");
            CheckDigest(file, length, key);
            var opened = new FileFeatures(file, shape, device);
            file = null;
            return opened;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Damaged($"it can't be read: {error.Message}");
        }
        finally
        {
            file?.Dispose();
        }

        void Check(bool holds, string what)
        {
            if (!holds)
            {
                throw Damaged(what);
            }
        }

        PSTransferException Damaged(string what) => new(FaultKind.InvalidData, $"{path}: {what}", path);

        void CheckDigest(SafeFileHandle handle, long length, byte[] expectedKey)
        {
            using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[BufferBytes];
            for (var offset = 0L; offset < length - DigestBytes;)
            {
                token.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - DigestBytes - offset)), offset);
                Check(read > 0, "the file is cut short");
                sum.AppendData(buffer, 0, read);
                Check(
                    offset > 0 || read < Start || buffer.AsSpan(0, Start).SequenceEqual([.. _title, .. expectedKey]),
                    "it belongs to other images, weights or preprocessing");
                offset += read;
            }

            var stored = new byte[DigestBytes];
            RandomAccess.Read(handle, stored, length - DigestBytes);
            Check(sum.GetHashAndReset().AsSpan().SequenceEqual(stored), "its checksum is wrong");
        }
    }

    /// <summary>Writes a whole file and opens it.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="key">The key of the rows' input, 32 bytes.</param>
    /// <param name="batches">The rows, batch by batch.</param>
    /// <param name="shape">The shape of a row.</param>
    /// <param name="device">The device on which <see cref="Read"/> puts its tensors.</param>
    public static FileFeatures Write(string path, byte[] key, IEnumerable<torch.Tensor> batches, FeatureShape shape, torch.Device device)
    {
        AtomicFile.Write(path, overwrite: true, stream => WriteTo(stream, key, batches));
        return new FileFeatures(RegularFile.Open(path, Sharing), shape, device);
    }

    /// <summary>Writes a file that vanishes when it is closed, even if the process is killed.</summary>
    /// <exception cref="PSTransferException">WriteFailed: the file can't be written.</exception>
    public static FileFeatures WriteTemporary(string folder, IEnumerable<torch.Tensor> batches, FeatureShape shape, torch.Device device)
    {
        var path = Path.Combine(folder, $"pstransfer-{Guid.NewGuid():N}.features");
        FileStream? stream = null;
        try
        {
            // There is no buffer, since closing would try to write its content once more.
            stream = new FileStream(
                path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            if (!OperatingSystem.IsWindows())
            {
                // Outside Windows, an open file may lose its name and still be used.
                File.Delete(path);
            }

            WriteTo(stream, new byte[DigestBytes], batches);
            var written = new FileFeatures(stream.SafeFileHandle, shape, device, stream);
            stream = null;
            return written;
        }
        catch (Exception e) when (AtomicFile.IsFault(e))
        {
            throw AtomicFile.Unwritable(path, e);
        }
        finally
        {
            stream?.Dispose();
        }
    }

    public override torch.Tensor Read(IReadOnlyList<int> indices)
    {
        using var rows = torch.empty(Rows(indices.Count, _shape), dtype: torch.float32, device: torch.CPU);
        var bytes = rows.bytes;
        var rowBytes = _shape.Size * sizeof(float);
        for (var i = 0; i < indices.Count; i++)
        {
            var row = bytes.Slice(i * rowBytes, rowBytes);
            for (var done = 0; done < rowBytes;)
            {
                done += ReadSome(row[done..], Start + ((long)indices[i] * rowBytes) + done);
            }
        }

        return rows.to(_device, copy: true).DetachFromDisposeScope();
    }

    public override void Dispose() => _owner.Dispose();

    private int ReadSome(Span<byte> bytes, long offset)
    {
        try
        {
            return RandomAccess.Read(_file, bytes, offset) is > 0 and var read
                ? read
                : throw new EndOfStreamException("the file was cut short");
        }
        catch (IOException error)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"The file of cached features can't be read any more: {error.Message.TrimEnd('.')}. Run again; "
                + $"{Option.Name("FeatureCache")} Off does without it.",
                "FeatureCache",
                error);
        }
    }

    private static void WriteTo(Stream stream, byte[] key, IEnumerable<torch.Tensor> batches)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Put(_title);
        Put(key);
        foreach (var batch in batches)
        {
            using var rows = batch.cpu();
            using var dense = rows.contiguous();
            Put(dense.bytes);
        }

        stream.Write(sum.GetHashAndReset());

        void Put(ReadOnlySpan<byte> bytes)
        {
            sum.AppendData(bytes);
            stream.Write(bytes);
        }
    }
}
