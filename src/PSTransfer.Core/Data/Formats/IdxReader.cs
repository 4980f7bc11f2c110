using System.Buffers.Binary;
using System.IO.Compression;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Formats;

/// <summary>
/// Reads IDX files, the format of MNIST and Fashion-MNIST, plain or .gz. A file of images holds the magic number 2051, count, height, width
/// and bytes. The file of labels beside it holds 2049, count and bytes. A folder means its training files. Class names come from
/// classes.txt beside the files, a line each; if the path says fashion, the known names are used. Otherwise the labels that occur are the
/// classes, named by their numbers.
/// </summary>
internal static class IdxReader
{
    private const uint ImageMagic = 0x00000803;
    private const uint LabelMagic = 0x00000801;

    /// <summary>
    /// Up to this size a compressed file may hold pictures of one colour. Above it, more than 100 bytes from each compressed byte are taken
    /// for a bomb.
    /// </summary>
    private const long BytesAlwaysAllowed = 64 << 20;
    private const int MostShrinkage = 100;

    /// <summary>
    /// The most images that are read. An image takes some 80 bytes beside its pixels; the largest published set of the kind has 8.1
    /// million.
    /// </summary>
    private const int MostImages = 10_000_000;

    private const int LabelsShown = 12;

    private static readonly string[] FashionNames =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    public static LabeledImages Read(string path, ImageDatasetOptions options, CancellationToken token)
    {
        var imagePath = Directory.Exists(path) ? TrainingImages(path) : path;
        var labelPath = LabelsBeside(imagePath);
        using var content = Open(imagePath);
        var header = Header(content, imagePath, ImageMagic, 3);
        if (header[0] > MostImages || header[1] > Defaults.LargestSide || header[2] > Defaults.LargestSide)
        {
            throw BinaryFile.Broken(
                imagePath,
                $"it declares {header[0]} images of {header[1]}×{header[2]} pixels; up to {MostImages} images with sides of up to "
                + $"{Defaults.LargestSide} are read");
        }

        var labels = Labels(labelPath, header[0], imagePath);
        var (names, areFixed) = Names(imagePath, labels);
        var present = labels.ToHashSet();
        var occurring = names.Where((_, label) => present.Contains(label)).ToArray();
        var choice = SampleChoice.Make(
            names, labels, areFixed || options.Classes is not null ? options : options with { Classes = occurring }, path);
        var slots = Enumerable.Repeat(-1, labels.Length).ToArray();
        foreach (var (slot, record) in choice.Records.Index())
        {
            slots[record] = slot;
        }

        var images = new byte[choice.Records.Length][];
        var image = new byte[header[1] * header[2]];
        for (var record = 0; record < labels.Length; record++)
        {
            token.ThrowIfCancellationRequested();
            BinaryFile.ReadExactly(content, image, imagePath, $"image {record} of {labels.Length}");
            if (slots[record] is >= 0 and var slot)
            {
                images[slot] = [.. image];
            }
        }

        RequireEnd(content, imagePath);
        string[] warnings = options.Classes is not null ? [] : areFixed ? EmptyClasses.Warnings(path, choice) : Gaps(path, occurring);
        return LabeledImages.FromMemory(path, choice, new ImageShape((int)header[1], (int)header[2], 1), images, options, warnings);
    }

    /// <summary>Whether a folder holds IDX image files.</summary>
    public static bool IsIdxFolder(string folder) => ImageFiles(folder).Any();

    private static IEnumerable<string> ImageFiles(string folder) =>
        Directory.EnumerateFiles(folder, "*images*idx3*").Order(StringComparer.Ordinal);

    private static string TrainingImages(string folder)
    {
        string[] files = [.. ImageFiles(folder)];
        return files.FirstOrDefault(file => Path.GetFileName(file).StartsWith("train", StringComparison.OrdinalIgnoreCase))
            ?? (files.Length == 1 ? files[0] : throw new PSTransferException(
                FaultKind.NotFound,
                $"{folder}: expected train-images-idx3-ubyte or its .gz, found "
                + $"{files.Length} other IDX image files. Name the file to read.",
                folder));
    }

    private static string LabelsBeside(string imagePath)
    {
        var folder = Path.GetDirectoryName(imagePath)!;
        var name = Path.GetFileName(imagePath);
        if (!name.Contains("images", StringComparison.Ordinal))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{imagePath}: name the file of images, as in train-images-idx3-ubyte.gz; "
                + "its labels are found beside it (train-labels-idx1-ubyte.gz).",
                imagePath);
        }

        var labels = name.Replace("images", "labels", StringComparison.Ordinal).Replace("idx3", "idx1", StringComparison.Ordinal);
        var plain = labels.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? labels[..^3] : labels;
        return new[] { labels, plain, plain + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw new PSTransferException(
                FaultKind.NotFound, $"{imagePath}: expected its labels in {Path.Combine(folder, labels)}, which isn't there.", imagePath);
    }

    /// <summary>
    /// Reads the labels if there are as many as images. The count in the file is checked before memory is allocated by it.
    /// </summary>
    private static int[] Labels(string path, long imageCount, string imagePath)
    {
        using var content = Open(path);
        var count = Header(content, path, LabelMagic, 1)[0];
        if (count != imageCount)
        {
            throw BinaryFile.Broken(imagePath, $"it declares {imageCount} images, but {path} has {count} labels");
        }

        var labels = new byte[count];
        BinaryFile.ReadExactly(content, labels, path, "the labels");
        RequireEnd(content, path);
        return Array.ConvertAll(labels, label => (int)label);
    }

    /// <summary>The class names by label, and whether they are the set's own names rather than numbers.</summary>
    private static (string[] Names, bool AreFixed) Names(string imagePath, int[] labels)
    {
        var highest = labels.Max();
        var file = Path.Combine(Path.GetDirectoryName(imagePath)!, "classes.txt");
        if (!File.Exists(file))
        {
            var isFashion = imagePath.Contains("fashion", StringComparison.OrdinalIgnoreCase) && highest < FashionNames.Length;
            return isFashion ? (FashionNames, true) : ([.. Enumerable.Range(0, highest + 1).Select(label => $"{label}")], false);
        }

        var names = NamesFile.Read(file);
        return names.Length > highest
            ? (names, true)
            : throw BinaryFile.Broken(file, $"expected a name for each label from 0 to {highest}, a line each, found {names.Length}");
    }

    /// <summary>Warns if a label below the highest one doesn't occur, or if there are fewer than MNIST's ten.</summary>
    private static string[] Gaps(string path, string[] occurring) =>
        occurring.Length >= 10 && occurring[^1] == $"{occurring.Length - 1}" ? [] :
    [
        $"{path}: {(occurring.Length == 1 ? "only the label" : "the labels")} "
        + $"{NameList.Some(occurring.Take(LabelsShown), occurring.Length)} "
        + $"occur{(occurring.Length == 1 ? "s" : "")}, so no other labels are classes. "
        + "A file classes.txt beside the images, with a name for each label from 0, keeps all of them.",
    ];

    /// <summary>
    /// Reads the sizes that the header declares. They are checked against the file's length before anything is allocated by them.
    /// </summary>
    private static long[] Header(Stream content, string path, uint magic, int dimensions)
    {
        var header = new byte[4 + (4 * dimensions)];
        BinaryFile.ReadExactly(content, header, path, "the IDX header");
        var found = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (found != magic)
        {
            throw BinaryFile.Broken(
                path,
                $"expected the number {magic} of an IDX file of {(dimensions == 3 ? "images" : "labels")} at its start, found {found}");
        }

        var sizes = Enumerable.Range(1, dimensions).Select(i => (long)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 * i))).ToArray();
        if (sizes.Any(size => size is 0 or > int.MaxValue))
        {
            throw BinaryFile.Broken(path, $"the header declares {string.Join("×", sizes)} bytes, which can't be");
        }

        var declared = sizes.Aggregate((UInt128)1, (product, size) => product * (UInt128)size) + (UInt128)header.Length;
        var length = new FileInfo(path).Length;
        var holds = content is GZipStream
            ? declared <= (UInt128)Math.Max(BytesAlwaysAllowed, length * MostShrinkage)
            : declared == (UInt128)length;
        return holds
            ? sizes
            : throw BinaryFile.Broken(
                path,
                $"the header declares {string.Join("×", sizes)}, {declared} bytes with the header; "
                + $"found {length}{(content is GZipStream ? " compressed bytes, which no real images shrink to" : " bytes")}. "
                + "The file is cut short or has bytes added; get it again");
    }

    private static void RequireEnd(Stream content, string path)
    {
        if (content.ReadByte() >= 0)
        {
            throw BinaryFile.Broken(path, "there are bytes after the last one that the header declares");
        }
    }

    private static Stream Open(string path) => DatasetDetector.StartsWith(path, 0x1F, 0x8B)
        ? new GZipStream(BinaryFile.Open(path), CompressionMode.Decompress)
        : BinaryFile.Open(path);
}
