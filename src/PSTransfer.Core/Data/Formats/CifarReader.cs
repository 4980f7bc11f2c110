using System.IO.Compression;
using System.IO.Enumeration;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;
using PSTransfer.Core.Networks;

namespace PSTransfer.Core.Data.Formats;

/// <summary>
/// Reads the binary version of CIFAR. A .bin file is read as it is (test_batch.bin gives the test images). A folder means its training
/// files, or all its .bin files if there are none; the published .tar.gz means its training files. Two passes are made: the labels first,
/// then the pixels of the chosen images only.
/// </summary>
internal static class CifarReader
{
    public static LabeledImages Read(string path, CifarLayout layout, ImageDatasetOptions options, CancellationToken token)
    {
        // An archive's members come in any order. Sorted by name they are in the publisher's order.
        SortedDictionary<string, int[]> labelsByFile = new(StringComparer.Ordinal);
        var isArchive = IsGzip(path);
        var names = isArchive ? null : NamesBeside(path, layout);
        foreach (var (name, length, content) in Files(path, layout))
        {
            token.ThrowIfCancellationRequested();
            var place = isArchive ? $"{path}, {name}" : name;
            if (Path.GetFileName(name) == layout.NamesFile && length <= NamesFile.MostBytes)
            {
                var text = new byte[length];
                BinaryFile.ReadExactly(content, text, place, "its end");
                names = RequireAll(NamesFile.Parse(text, place), layout, place);
            }
            else if (isArchive && !IsTrainingFile(name, layout))
            {
                TarMembers.Skip(content, length, path);
            }
            else if (!labelsByFile.TryAdd(name, Labels(place, length, content, layout)))
            {
                throw BinaryFile.Broken(place, "the archive contains this file twice");
            }
        }

        if (labelsByFile.Count == 0)
        {
            throw new PSTransferException(
                FaultKind.NotFound,
                $"{path}: expected {layout.TrainingFiles} of {layout.Title}'s binary version, found no such file. "
                + "The Python and Matlab versions can't be read; get the binary one.",
                path);
        }

        int[] allLabels = [.. labelsByFile.Values.SelectMany(labels => labels)];
        var choice = SampleChoice.Make(names ?? layout.DefaultNames, allLabels, options, path);
        var images = Images(path, layout, labelsByFile, choice.Records, token);
        return LabeledImages.FromMemory(
            path,
            choice,
            new ImageShape(CifarLayout.Side, CifarLayout.Side, 3),
            images,
            options,
            [.. Warnings(path, layout, labelsByFile.Keys), .. options.Classes is null ? EmptyClasses.Warnings(path, choice) : []]);
    }

    private static IEnumerable<(string Name, long Length, Stream Content)> Files(string path, CifarLayout layout)
    {
        if (File.Exists(path) && IsGzip(path))
        {
            using var file = BinaryFile.Open(path);
            using var content = new GZipStream(file, CompressionMode.Decompress);
            foreach (var (name, length) in TarMembers.List(content, path))
            {
                yield return (name, length, content);
            }

            yield break;
        }

        var files = File.Exists(path) ? [path] : Directory.GetFiles(path, "*.bin");
        var training = files.Where(file => IsTrainingFile(file, layout)).ToArray();
        foreach (var file in training.Length > 0 ? training : files)
        {
            using var content = BinaryFile.Open(file);
            yield return (file, content.Length, content);
        }
    }

    private static int[] Labels(string place, long length, Stream content, CifarLayout layout)
    {
        if (length == 0 || length % layout.RecordBytes != 0)
        {
            throw BinaryFile.Broken(
                place,
                $"expected a multiple of {layout.RecordBytes} bytes ({layout.Title}: "
                + $"label and 32×32×3 pixels), found {length} bytes. The file is cut short, has bytes added or is of another format");
        }

        List<int> labels = [];
        var record = new byte[layout.RecordBytes];
        for (var left = length; left > 0; left -= record.Length)
        {
            BinaryFile.ReadExactly(content, record, place, $"image {labels.Count}");
            int label = record[layout.LabelBytes - 1];
            if (label >= layout.ClassCount)
            {
                throw BinaryFile.Broken(
                    place,
                    $"image {labels.Count}: expected a label from 0 to {layout.ClassCount - 1}, found {label}: "
                    + $"damaged, or not a {layout.Title} file");
            }

            labels.Add(label);
        }

        return [.. labels];
    }

    /// <summary>Reads the pixels of the chosen records, in the order of the choice.</summary>
    private static byte[][] Images(
        string path, CifarLayout layout, SortedDictionary<string, int[]> labelsByFile, int[] records, CancellationToken token)
    {
        var slotOf = records.Select((record, slot) => (record, slot)).ToDictionary(pair => pair.record, pair => pair.slot);
        Dictionary<string, int> firstRecord = [];
        var count = 0;
        foreach (var (name, labels) in labelsByFile)
        {
            firstRecord.Add(name, count);
            count += labels.Length;
        }

        var images = new byte[records.Length][];
        var bytes = new byte[layout.RecordBytes];
        foreach (var (name, length, content) in Files(path, layout))
        {
            token.ThrowIfCancellationRequested();
            if (!firstRecord.TryGetValue(name, out var record))
            {
                TarMembers.Skip(content, length, path);
                continue;
            }

            for (var end = record + labelsByFile[name].Length; record < end; record++)
            {
                BinaryFile.ReadExactly(content, bytes, name, $"image {record - firstRecord[name]}");
                if (slotOf.TryGetValue(record, out var slot))
                {
                    images[slot] = Interleaved(bytes.AsSpan(layout.LabelBytes));
                }
            }
        }

        return images;
    }

    private static byte[] Interleaved(ReadOnlySpan<byte> planes)
    {
        var image = new byte[planes.Length];
        for (var i = 0; i < CifarLayout.Plane; i++)
        {
            image[3 * i] = planes[i];
            image[(3 * i) + 1] = planes[CifarLayout.Plane + i];
            image[(3 * i) + 2] = planes[(2 * CifarLayout.Plane) + i];
        }

        return image;
    }

    private static string[]? NamesBeside(string path, CifarLayout layout)
    {
        var file = Path.Combine(Directory.Exists(path) ? path : Path.GetDirectoryName(path)!, layout.NamesFile);
        return File.Exists(file) ? RequireAll(NamesFile.Read(file), layout, file) : null;
    }

    private static string[] RequireAll(string[] names, CifarLayout layout, string place) => names.Length == layout.ClassCount
        ? names
        : throw BinaryFile.Broken(place, $"expected {layout.ClassCount} class names, a line each, found {names.Length}");

    private static string[] Warnings(string path, CifarLayout layout, SortedDictionary<string, int[]>.KeyCollection files)
    {
        var found = files.Count(name => IsTrainingFile(name, layout));
        return found > 0 && found < layout.TrainingFileCount && !files.Contains(path)
            ? [$"{path}: {layout.Title} has {layout.TrainingFileCount} training files, {found} of them are here."]
            : [];
    }

    private static bool IsTrainingFile(string name, CifarLayout layout) =>
        FileSystemName.MatchesSimpleExpression(layout.TrainingFiles, Path.GetFileName(name));

    private static bool IsGzip(string path) => DatasetDetector.StartsWith(path, 0x1F, 0x8B);
}
