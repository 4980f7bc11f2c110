using System.Formats.Tar;
using System.IO.Compression;

namespace PSTransfer.Core.Tests.Data;

/// <summary>Small data sets in the formats as published.</summary>
internal static class DatasetFiles
{
    /// <summary>
    /// A CIFAR file with an image per label. In image n the red plane is n, the green one the label, the blue one counts pixels.
    /// </summary>
    public static byte[] Cifar(int[] labels, bool hundred = false)
    {
        using var file = new MemoryStream();
        for (var n = 0; n < labels.Length; n++)
        {
            if (hundred)
            {
                file.WriteByte(19);
            }

            file.WriteByte((byte)labels[n]);
            file.Write(Enumerable.Repeat((byte)n, 1024).ToArray());
            file.Write(Enumerable.Repeat((byte)labels[n], 1024).ToArray());
            file.Write(Enumerable.Range(0, 1024).Select(i => (byte)i).ToArray());
        }

        return file.ToArray();
    }

    /// <summary>An IDX file of images: pixel i of image n is n + i.</summary>
    public static byte[] IdxImages(int count, int height, int width)
    {
        var file = Idx(0x803, count, height, width);
        return [
            .. file, .. Enumerable.Range(0, count * height * width).Select(i => (byte)((i / (height * width)) + (i % (height * width))))
        ];
    }

    public static byte[] IdxLabels(params int[] labels) => [.. Idx(0x801, labels.Length), .. labels.Select(label => (byte)label)];

    /// <summary>The header of an IDX file.</summary>
    public static byte[] Idx(int magic, params int[] sizes)
    {
        var header = new byte[4 + (4 * sizes.Length)];
        BinaryPrimitives.WriteInt32BigEndian(header, magic);
        for (var i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + (4 * i)), sizes[i]);
        }

        return header;
    }

    public static byte[] Gzip(byte[] content)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return file.ToArray();
    }

    /// <summary>A .tar.gz as tar makes it, with an entry for the folder before those of its files.</summary>
    public static byte[] TarGzip(string folder, params (string Name, byte[] Content)[] files)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, folder + "/"));
            foreach (var (name, content) in files)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{folder}/{name}") { DataStream = new MemoryStream(content) });
            }
        }

        return Gzip(archive.ToArray());
    }

    public static PSTransferException Fails(string path, ImageDatasetOptions? options = null) =>
        Assert.Throws<PSTransferException>(() => LabeledImages.Import(path, options ?? new(), CancellationToken.None));

    public static LabeledImages Import(string path, ImageDatasetOptions? options = null) =>
        LabeledImages.Import(path, options ?? new(), CancellationToken.None);

    public static byte[] PixelsOf(LabeledImages data, int index)
    {
        var pixels = new byte[data.Shape!.Value.ByteCount];
        data.Read(index, pixels);
        return pixels;
    }

    public static int[] Labels(LabeledImages data) => [.. Enumerable.Range(0, data.Count).Select(data.LabelOf)];
}
