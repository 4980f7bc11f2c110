using System.Formats.Tar;
using System.IO.Compression;

namespace PSTransfer.Fuzz;

/// <summary>Tiny CIFAR and IDX data sets, plain and compressed as they are published.</summary>
internal static class DatasetSamples
{
    private static readonly byte[] CifarRecords = [.. Enumerable.Range(0, 2).SelectMany(n => (byte[])[(byte)n, .. Pixels(3 * 32 * 32)])];

    private static readonly byte[] IdxImages = [.. Idx(0x803, 3, 4, 5), .. Pixels(3 * 4 * 5)];

    private static readonly byte[] IdxLabels = [.. Idx(0x801, 3), 0, 1, 1];

    public static IReadOnlyList<Sample> Cifar() =>
    [
        new(new SampleFile("data_batch_1.bin", CifarRecords)),
        new(new SampleFile(
            "cifar-10-binary.tar.gz",
            Tar(
                ("cifar-10-batches-bin/batches.meta.txt", [.. "cat\ndog\na\nb\nc\nd\ne\nf\ng\nh\n"u8]),
                ("cifar-10-batches-bin/data_batch_1.bin", CifarRecords)),
            Gzip)),
    ];

    public static IReadOnlyList<Sample> Idx() =>
    [
        new(new SampleFile("train-images-idx3-ubyte", IdxImages), new SampleFile("train-labels-idx1-ubyte", IdxLabels)),
        new(new SampleFile("train-images-idx3-ubyte.gz", IdxImages, Gzip), new SampleFile("train-labels-idx1-ubyte.gz", IdxLabels, Gzip)),
    ];

    /// <summary>Tables of labels; the images are one file, which has to be there.</summary>
    public static IReadOnlyList<Sample> Table()
    {
        var image = Path.Combine(Repository.Root, "tests", "Fixtures", "images", "decode", "color.png");
        return
        [
            new(new SampleFile("labels.csv", Encoding.UTF8.GetBytes($"Path,Label,LabelNumber\n,dog,0\n{image},cat,1\n"))),
            new(new SampleFile(
                "labels.csv",
                [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(
                    $"sep=;\r\nkind;note;file\r\ncat;\"two\r\nlines\";\"{image}\"\r\n;;\r\n")
                ])),
        ];
    }

    private static IEnumerable<byte> Pixels(int count) => Enumerable.Range(0, count).Select(i => (byte)(i * 11));

    private static IEnumerable<byte> Idx(params int[] numbers) =>
        numbers.SelectMany(number => BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(number)));

    private static byte[] Tar(params (string Name, byte[] Content)[] files)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
            }
        }

        return archive.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return file.ToArray();
    }
}
