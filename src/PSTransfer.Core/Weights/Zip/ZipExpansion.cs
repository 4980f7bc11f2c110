using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace PSTransfer.Core.Weights.Zip;

/// <summary>Expands a deflated member to its declared length and no further.</summary>
internal static class ZipExpansion
{
    // Weights hardly shrink at all. An archive that claims much more was made to fill a disk.
    private const long LargestRatio = 50;
    private const long AlwaysAllowed = 1 << 24;

    /// <summary>Expands a member into a temporary file, which is deleted when the handle is closed.</summary>
    /// <exception cref="PSTransferException">The member expands to more or less than it declares, or declares too much; or the disk is
    /// full.</exception>
    public static SafeFileHandle ToTemporaryFile(WeightFileHandle archive, ZipMember member)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(
                Path.Combine(Path.GetTempPath(), $"pstransfer-{Path.GetRandomFileName()}"),
                FileMode.CreateNew,
                FileAccess.ReadWrite,
                FileShare.None,
                FileOptions.DeleteOnClose);
            if (!OperatingSystem.IsWindows())
            {
                // The archive may be readable only for its owner.
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            long at = 0;
            Expand(archive, member, bytes =>
            {
                RandomAccess.Write(file, bytes.Span, at);
                at += bytes.Length;
            });
            return file;
        }
        catch (Exception exception)
        {
            file?.Dispose();
            throw exception is IOException or UnauthorizedAccessException
                ? new PSTransferException(
                    FaultKind.WriteFailed,
                    $"{archive.Path}: {member.Name} is compressed and can't be expanded in {Path.GetTempPath()}: "
                    + $"{exception.Message.TrimEnd('.')}; make room for {member.Length} bytes there, or save the model again with Keras, "
                    + "which doesn't compress.",
                    archive.Path,
                    exception)
                : exception;
        }
    }

    /// <summary>Passes a member's bytes to <paramref name="write"/>, piece by piece.</summary>
    /// <exception cref="PSTransferException">The member expands to more or less than it declares, or declares too much.</exception>
    public static void Expand(WeightFileHandle archive, ZipMember member, Action<ReadOnlyMemory<byte>> write)
    {
        if (member.Length > Math.Max(AlwaysAllowed, member.StoredLength * LargestRatio))
        {
            throw Wrong(
                $"{member.StoredLength} bytes that expand to {member.Length}, a zip bomb; weights don't shrink that much. "
                + "Get the file from a source that you trust.");
        }

        using var packed = new MemberStream(archive, member);
        using Stream source = member.Method == ZipMember.Deflated ? new DeflateStream(packed, CompressionMode.Decompress) : packed;
        var buffer = new byte[1 << 16];
        long length = 0;
        try
        {
            for (var count = source.Read(buffer); count > 0; count = source.Read(buffer))
            {
                length += count;
                if (length > member.Length)
                {
                    throw Wrong($"it expands to more than the {member.Length} bytes that it declares; download or export the file again.");
                }

                write(buffer.AsMemory(0, count));
            }
        }
        catch (InvalidDataException)
        {
            throw Wrong("it can't be expanded: its compressed bytes are broken; download or export the file again.");
        }

        if (length < member.Length)
        {
            throw Wrong($"it expands to {length} bytes, expected {member.Length}; download or export the file again.");
        }

        PSTransferException Wrong(string what) => new(FaultKind.InvalidData, $"{archive.Path}: {member.Name}: {what}", archive.Path);
    }
}
