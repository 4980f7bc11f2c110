using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace PSTransfer.Pester.Tests.Help;

/// <summary>
/// What the examples of the help find in their current folder: ./shoes, the bundled IDX files, ./photos with 12 small PNGs each of cat and
/// dog, ./labels.csv with the same, and ./train, where the label is in the name.
/// </summary>
internal sealed class ExampleFolder : IDisposable
{
    private const int Side = 24;
    private const int PhotosPerClass = 12;

    public ExampleFolder()
    {
        Path = Directory.CreateTempSubdirectory("pstransfer-help-").FullName;
        var shoes = Directory.CreateDirectory(System.IO.Path.Combine(Path, "shoes")).FullName;
        foreach (var file in Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "assets", "fashion-shoes")))
        {
            File.Copy(file, System.IO.Path.Combine(shoes, System.IO.Path.GetFileName(file)));
        }

        var table = new StringBuilder("file,kind\n");
        var train = Directory.CreateDirectory(System.IO.Path.Combine(Path, "train")).FullName;
        var random = new Random(1);
        foreach (var (name, brightness) in new[] { ("cat", 60), ("dog", 140) })
        {
            var photos = Directory.CreateDirectory(System.IO.Path.Combine(Path, "photos", name)).FullName;
            for (var i = 1; i <= PhotosPerClass; i++)
            {
                File.WriteAllBytes(System.IO.Path.Combine(photos, $"{i:00}.png"), GreyPng(random, brightness));
                table.Append(CultureInfo.InvariantCulture, $"photos/{name}/{i:00}.png,{name}\n");
                File.Copy(System.IO.Path.Combine(photos, $"{i:00}.png"), System.IO.Path.Combine(train, $"{name}.{i - 1}.png"));
            }
        }

        File.WriteAllText(System.IO.Path.Combine(Path, "labels.csv"), table.ToString());
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>An 8-bit grey PNG of noise about a brightness.</summary>
    private static byte[] GreyPng(Random random, int brightness)
    {
        using var rows = new MemoryStream();
        using (var packed = new ZLibStream(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < Side; y++)
            {
                packed.WriteByte(0); // no filter
                for (var x = 0; x < Side; x++)
                {
                    packed.WriteByte((byte)(brightness + random.Next(60)));
                }
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Side);
        header[8] = 8; // bits; the rest are zeros: grey, deflate, no interlacing
        return [0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", rows.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] checkedPart = [.. Encoding.ASCII.GetBytes(type), .. data];
        var chunk = new byte[checkedPart.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        checkedPart.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32(checkedPart));
        return chunk;
    }

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
            }
        }

        return ~crc;
    }
}
