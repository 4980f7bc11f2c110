using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Tables;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Formats;

/// <summary>Finds a data set's format from its content.</summary>
internal static class DatasetDetector
{
    private const int TarNameBytes = 100;

    /// <exception cref="PSTransferException">The path is none of the formats.</exception>
    public static DatasetFormat Detect(string path) => Directory.Exists(path) ? DetectFolder(path) : DetectFile(path);

    /// <summary>Whether a file begins with these bytes; false for a folder.</summary>
    public static bool StartsWith(string path, params ReadOnlySpan<byte> expected)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        Span<byte> found = stackalloc byte[expected.Length];
        using var file = BinaryFile.Open(path);
        return file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length && found.SequenceEqual(expected);
    }

    private static DatasetFormat DetectFolder(string folder)
    {
        if (Directory.EnumerateFiles(folder, "*_batch*.bin").Any())
        {
            return DatasetFormat.Cifar10;
        }

        if (File.Exists(Path.Combine(folder, "train.bin")) || File.Exists(Path.Combine(folder, "test.bin")))
        {
            return DatasetFormat.Cifar100;
        }

        return IdxReader.IsIdxFolder(folder) ? DatasetFormat.Idx : DatasetFormat.ImageFolder;
    }

    private static DatasetFormat DetectFile(string path)
    {
        if (ImageSignature.IsImageName(path))
        {
            throw SingleImage(path);
        }

        if (LabelTable.IsTableName(path))
        {
            return DatasetFormat.Table;
        }

        var start = new byte[512];
        var isGzip = StartsWith(path, 0x1F, 0x8B);
        using (var file = BinaryFile.Open(path))
        {
            using var content = isGzip ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
            content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }

        var length = new FileInfo(path).Length;
        var isIdx = BinaryPrimitives.ReadUInt32BigEndian(start) is 0x803 or 0x801;
        if (isGzip)
        {
            return isIdx ? DatasetFormat.Idx : DetectArchive(Encoding.UTF8.GetString(start, 0, TarNameBytes).Split('\0')[0]);
        }

        var isTen = length > 0 && length % CifarLayout.Ten.RecordBytes == 0;
        var isHundred = length > 0 && length % CifarLayout.Hundred.RecordBytes == 0;

        // A CIFAR file could begin like an IDX file (an airplane with a black corner), but would hardly declare its own length.
        if (isIdx && ((!isTen && !isHundred) || DeclaredByIdx(start) == (UInt128)length))
        {
            return DatasetFormat.Idx;
        }

        var name = Path.GetFileName(path);
        var saysHundred = name is "train.bin" or "test.bin";
        return (isTen, isHundred) switch
        {
            (true, false) => DatasetFormat.Cifar10,
            (false, true) => DatasetFormat.Cifar100,
            (true, true) => saysHundred ? DatasetFormat.Cifar100 : DatasetFormat.Cifar10,
            _ when saysHundred => DatasetFormat.Cifar100,
            _ when name.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) => DatasetFormat.Cifar10,
            _ when ImageSignature.OfContent(start) is not null => throw SingleImage(path),
            _ when Path.GetExtension(path).ToLowerInvariant() is ".xlsx" or ".xlsm" or ".ods" => throw new PSTransferException(
                FaultKind.InvalidArgument, $"{path}: it is a spreadsheet; save its table as CSV (.csv) and import that.", path),
            _ when start.AsSpan().StartsWith("PK"u8) => throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{path}: it is a zip archive; unpack it and name the folder that holds one subfolder of images per class.",
                path),
            _ => throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: expected a folder of images, a table of labels (.csv, .tsv), CIFAR's binary files or IDX files, found a file "
                + $"of {length} bytes that is none of them. "
                + $"If it is one of them after all, say which with {Option.Name("Format")}.",
                path)
            {
                Others = ["Format"],
            },
        };
    }

    private static PSTransferException SingleImage(string path) =>
        new(
            FaultKind.InvalidArgument,
            $"{path}: it is a single image; name the folder that holds one subfolder of images per class.",
            path);

    private static UInt128 DeclaredByIdx(ReadOnlySpan<byte> start)
    {
        var dimensions = start[3];
        UInt128 pixels = 1;
        for (var i = 1; i <= dimensions; i++)
        {
            pixels *= BinaryPrimitives.ReadUInt32BigEndian(start[(4 * i)..]);
        }

        return pixels + (UInt128)(4 + (4 * dimensions));
    }

    private static DatasetFormat DetectArchive(string firstMember) =>
        firstMember.StartsWith("cifar-100", StringComparison.OrdinalIgnoreCase) ? DatasetFormat.Cifar100 : DatasetFormat.Cifar10;
}
