using System.Buffers.Binary;
using SkiaSharp;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// The tags of the first picture in a TIFF file that isn't a preview of another one. The tags are checked against the file's length before
/// the decoding library sees the file.
/// </summary>
internal sealed class TiffDirectory
{
    private const int MostPages = 64;
    private const int EntryBytes = 12;

    /// <summary>The bytes of one value of each type, from 1 (BYTE) to 13 (IFD).</summary>
    private static readonly int[] _bytesOfType = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
    private readonly SKData _file;
    private readonly bool _little;
    private readonly Dictionary<ushort, (ushort Type, uint Count, long At)> _entries = [];

    private TiffDirectory(SKData file) => (_file, _little) = (file, file.AsSpan()[0] == 'I');

    /// <summary>How many pages come before this directory.</summary>
    public int Page { get; private init; }

    /// <summary>Whether a file begins like a TIFF or like a BigTIFF. BigTIFF files aren't read.</summary>
    public static bool Is(ReadOnlySpan<byte> file) =>
        file is [(byte)'I', (byte)'I', 0x2A or 0x2B, 0, ..] or [(byte)'M', (byte)'M', 0, 0x2A or 0x2B, ..];

    /// <exception cref="PSTransferException">The file is cut short, damaged, a BigTIFF or a camera's raw file.</exception>
    public static TiffDirectory Read(SKData file, string path)
    {
        var start = file.AsSpan();
        if (start[2] == 0x2B || start[3] == 0x2B)
        {
            throw ImageDecoder.Broken(path, "found a BigTIFF file; TIFF files are read. Convert it, as by 'tiffcp in.tif out.tif'");
        }

        var directory = new TiffDirectory(file);
        var at = directory.Number(4, 4, path);
        for (var page = 0; page < MostPages && at != 0; page++)
        {
            directory = new TiffDirectory(file) { Page = page };
            at = directory.ReadEntries(at, path);
            if (directory.Has(TiffPicture.DngVersion) || start is [_, _, _, _, _, _, _, _, (byte)'C', (byte)'R', ..])
            {
                break;
            }

            if ((directory.First(TiffPicture.NewSubfileType, 0) & 1) == 0 && directory.Has(TiffPicture.ImageWidth))
            {
                return directory;
            }
        }

        throw ImageDecoder.Broken(
            path,
            "found a camera's raw file, or a TIFF of previews alone, which can't be read. "
            + "Save it as JPEG or TIFF with the camera's program");
    }

    public bool Has(ushort tag) => _entries.ContainsKey(tag);

    /// <summary>The first number of a tag.</summary>
    public uint First(ushort tag, uint otherwise) =>
        _entries.TryGetValue(tag, out var entry) && entry.Count > 0 && entry.Type is 1 or 3 or 4 ? Number(entry, 0) : otherwise;

    /// <summary>All numbers of a tag; none if the tag is missing.</summary>
    public uint[] All(ushort tag) => _entries.TryGetValue(tag, out var entry) && entry.Type is 1 or 3 or 4
        ? [.. Enumerable.Range(0, (int)entry.Count).Select(index => Number(entry, index))]
        : [];

    /// <summary>The bytes of a tag as they are stored.</summary>
    public ReadOnlySpan<byte> Bytes(ushort tag) => _entries.TryGetValue(tag, out var entry)
        ? _file.AsSpan().Slice((int)entry.At, (int)entry.Count * _bytesOfType[entry.Type])
        : default;

    /// <returns>Where the next directory is; 0 for none.</returns>
    private long ReadEntries(long at, string path)
    {
        var count = Number(at, 2, path);
        for (var entry = at + 2; count > 0; count--, entry += EntryBytes)
        {
            var (tag, type) = ((ushort)Number(entry, 2, path), (ushort)Number(entry + 2, 2, path));
            var values = Number(entry + 4, 4, path);
            if (type == 0 || type >= _bytesOfType.Length)
            {
                continue;
            }

            var bytes = values * _bytesOfType[type];
            var first = bytes > 4 ? Number(entry + 8, 4, path) : entry + 8;
            if (first + bytes > _file.Size)
            {
                throw ImageDecoder.Broken(
                    path, $"its tag {tag} ends at byte {first + bytes}, the file at {_file.Size}; it is cut short or damaged");
            }

            _entries.TryAdd(tag, (type, (uint)values, first));
        }

        return Number(at + 2 + (EntryBytes * Number(at, 2, path)), 4, path);
    }

    private uint Number((ushort Type, uint Count, long At) entry, int index)
    {
        var size = _bytesOfType[entry.Type];
        return (uint)Number(entry.At + ((long)index * size), size, "");
    }

    private long Number(long at, int bytes, string path)
    {
        if (at + bytes > _file.Size)
        {
            throw ImageDecoder.CutShort(path);
        }

        var from = _file.AsSpan().Slice((int)at, bytes);
        return (bytes, _little) switch
        {
            (1, _) => from[0],
            (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(from),
            (2, false) => BinaryPrimitives.ReadUInt16BigEndian(from),
            (_, true) => BinaryPrimitives.ReadUInt32LittleEndian(from),
            (_, false) => BinaryPrimitives.ReadUInt32BigEndian(from),
        };
    }
}
