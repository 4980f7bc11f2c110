using System.Text;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Data.Formats;

/// <summary>
/// Lists the files of a tar stream one after the other, without unpacking anything. Only the features of published data sets are supported:
/// names of up to 255 bytes, and sizes up to a bound.
/// </summary>
/// <remarks>
/// .NET's TarReader reads an extended header whole: an archive of 8 MB with a header of 1.9 GB, all zeros, took 2,008 MiB of memory before
/// it was refused. Here members up to a bound are skipped in pieces of 64 KiB.
/// </remarks>
internal static class TarMembers
{
    private const int Block = 512;

    /// <summary>The most bytes of content. CIFAR unpacks to 185 MB; far more means another archive, or one made to never end.</summary>
    private const long MostBytes = 512L << 20;

    /// <summary>The most members. CIFAR has nine. An empty member shrinks to less than a byte, but takes time to read.</summary>
    private const int MostMembers = 1000;

    /// <summary>
    /// Yields the name and length of each regular file. The file's bytes come next in <paramref name="content"/>. The caller reads or skips
    /// all of them before it asks for the next file.
    /// </summary>
    /// <exception cref="PSTransferException">The stream is no tar archive, is cut short, or is larger than any data set.</exception>
    public static IEnumerable<(string Name, long Length)> List(Stream content, string path)
    {
        var header = new byte[Block];
        long total = 0;
        for (var members = 0; ; members++)
        {
            if (members > MostMembers)
            {
                throw BinaryFile.Broken(path, $"the archive has more than {MostMembers} members: it is not a CIFAR archive");
            }

            BinaryFile.ReadExactly(content, header, path, "the header of an archive member");
            if (header.All(b => b == 0))
            {
                yield break;
            }

            var length = Length(header, path);
            total += length;
            if (total > MostBytes)
            {
                throw BinaryFile.Broken(path, $"the archive declares more than {MostBytes} bytes of content: it is not a CIFAR archive");
            }

            if (header[156] is 0 or (byte)'0')
            {
                yield return (Name(header), length);
            }
            else
            {
                Skip(content, length, path);
            }

            Skip(content, (Block - (length % Block)) % Block, path);
        }
    }

    /// <summary>Skips bytes of a stream.</summary>
    public static void Skip(Stream content, long length, string path)
    {
        var buffer = new byte[1 << 16];
        for (var left = length; left > 0;)
        {
            var part = (int)Math.Min(left, buffer.Length);
            BinaryFile.ReadExactly(content, buffer.AsSpan(0, part), path, "an archive member");
            left -= part;
        }
    }

    private static string Name(byte[] header)
    {
        var name = Text(header, 0, 100);
        var prefix = Text(header, 257, 5) == "ustar" ? Text(header, 345, 155) : "";
        return prefix.Length == 0 ? name : $"{prefix}/{name}";
    }

    private static string Text(byte[] header, int start, int length) => Encoding.UTF8.GetString(header, start, length).Split('\0')[0];

    private static long Length(byte[] header, string path)
    {
        var sum = header.Sum(b => b) - header.AsSpan(148, 8).ToArray().Sum(b => b) + (8 * ' ');
        if (Octal(header, 148, 8) != sum || Octal(header, 124, 12) is not { } length)
        {
            throw BinaryFile.Broken(
                path, "expected a tar archive, found a member header with a wrong checksum. The file is damaged or of another kind");
        }

        return length;
    }

    private static long? Octal(byte[] header, int start, int length)
    {
        long value = 0;
        foreach (var digit in Text(header, start, length).Trim())
        {
            if (digit is < '0' or > '7')
            {
                return null;
            }

            value = (value * 8) + (digit - '0');
        }

        return value;
    }
}
