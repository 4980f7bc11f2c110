using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Formats;

/// <summary>
/// Reads a folder with one subfolder per class, sorted ordinally by name. Images in nested folders belong to the class.
/// <see cref="ImageSignature"/> tells which files are images, and <see cref="Litter"/> which files and folders are left alone.
/// </summary>
internal sealed class ImageFolderReader
{
    private const int DeepestFolder = 64;

    private readonly string _path;
    private readonly ImageDatasetOptions _options;
    private readonly CancellationToken _token;
    private readonly FolderFindings _findings;

    private ImageFolderReader(string path, ImageDatasetOptions options, CancellationToken token)
    {
        (_path, _options, _token) = (path, options, token);
        _findings = new FolderFindings(path);
    }

    /// <param name="path">The folder.</param>
    /// <param name="options">What to take of the folder.</param>
    /// <param name="report">Called with what is being decoded and the share that is done, 0 to 1. Not called unless every image is decoded
    /// at import.</param>
    /// <param name="token">Cancels between files.</param>
    public static LabeledImages Read(string path, ImageDatasetOptions options, Action<string, double>? report, CancellationToken token)
    {
        if (File.Exists(path))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{path}: expected a folder with one subfolder per class, found a file.",
                path);
        }

        return new ImageFolderReader(path, options, token).Read(report);
    }

    private LabeledImages Read(Action<string, double>? report)
    {
        var names = ClassFolders();
        FolderLayout.RequireClasses(_path, names, _options.Classes);
        var wanted = ClassChoice.Resolve(names, _options.Classes, _path);
        PathList files = [];
        var counts = new int[wanted.Length];
        for (var label = 0; label < wanted.Length; label++)
        {
            var name = names[wanted[label]];
            var images = ImagesOf(name, done => report?.Invoke(Printable.Text(name), (label + done) / wanted.Length));
            var taken = SampleChoice.Take(images, name, wanted[label], _options, _path);
            foreach (var image in taken)
            {
                files.Add(image);
                YoungGarbage.Limit();
            }

            counts[label] = taken.Count;
        }

        if (_findings.Broken.Count > 0 && !_options.SkipInvalid)
        {
            throw _findings.Error();
        }

        return LabeledImages.FromFiles(
            _path,
            [.. wanted.Select(number => names[number])],
            files,
            Labels(counts),
            _options,
            _findings.Broken.Count,
            [.. _findings.Warnings(files.Count)],
            [.. _findings.Notes()]);
    }

    private static int[] Labels(int[] counts)
    {
        var labels = new int[counts.Sum()];
        var first = 0;
        foreach (var (label, count) in counts.Index())
        {
            labels.AsSpan(first, count).Fill(label);
            first += count;
        }

        return labels;
    }

    private List<string> ClassFolders()
    {
        List<string> names = [];
        foreach (var entry in FolderListing.Of(_path))
        {
            if (entry.IsFolder || entry.Fault is not null)
            {
                Sort(_path, entry, names); // a broken link may have been meant as a class
            }
            else if (ImageSignature.IsImageName(entry.Name) && Litter.FilePattern(entry.Name) is null)
            {
                _findings.Beside++;
            }
        }

        if (names.Count == 0)
        {
            var folder = Printable.Text(Path.GetFileName(_path));
            throw new PSTransferException(
                FaultKind.NotFound,
                $"{_path}: expected one subfolder per class (as in {folder}/cat/1.jpg and {folder}/dog/2.jpg), found no subfolder and "
                + $"{_findings.Beside} images.",
                _path);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Adds a subfolder to the names, unless it is litter or can't be opened.</summary>
    private void Sort(string folder, FolderEntry entry, List<string> names)
    {
        var full = Path.Combine(folder, entry.Name);
        if (entry.Fault is { } fault)
        {
            _findings.Fail(full, $"{full}: {fault}.");
        }
        else if (Litter.IsFolder(entry.Name))
        {
            _findings.PassOverFolder(full);
        }
        else
        {
            names.Add(entry.Name);
        }
    }

    private PathList ImagesOf(string name, Action<double> report)
    {
        var folder = Path.Combine(_path, name);
        PathList images = [];
        CollectOrFail(folder, images, depth: 1);
        var sound = _options.SkipInvalid || _options.CheckImages ? Check(images, report) : images;
        return sound.Count > 0 ? sound : throw new PSTransferException(
            FaultKind.NotFound,
            $"{folder}: class '{Printable.Text(name)}' has no image that can be read: expected {ImageKind.ReadableNames} files, found "
            + $"{_findings.Found()}. {Remedy(folder)}",
            folder)
        {
            Others = ["Class"],
        };
    }

    private static string Remedy(string folder) => DatasetDetector.Detect(folder) is var format and not DatasetFormat.ImageFolder
        ? $"It holds {format} files: import this folder itself."
        : $"Add images, or choose classes with {Option.Name("Class")}.";

    private PathList Check(PathList images, Action<double> report)
    {
        var faults = ImageCheck.Run(images, done => report((double)done / images.Count), _token);
        foreach (var (place, fault) in faults)
        {
            _findings.Fail(images[place], fault.Message);
        }

        return faults.Count == 0 || !_options.SkipInvalid ? images : [.. images.Where((_, place) => !faults.ContainsKey(place))];
    }

    /// <summary>Collects a folder's images. A folder that can't be read is reported later, together with other faults.</summary>
    private void CollectOrFail(string folder, PathList images, int depth)
    {
        try
        {
            Collect(folder, images, depth);
        }
        catch (PSTransferException closed) when (closed.Target == folder)
        {
            _findings.Fail(folder, closed.Message);
        }
    }

    private void Collect(string folder, PathList images, int depth)
    {
        _token.ThrowIfCancellationRequested();
        List<string> subfolders = [];
        PathList unknown = [];
        foreach (var entry in FolderListing.Of(folder))
        {
            if (entry.IsFolder)
            {
                Sort(folder, entry, subfolders);
                continue;
            }

            var full = Path.Combine(folder, entry.Name);
            if (Litter.FilePattern(entry.Name) is { } pattern)
            {
                _findings.PassOverFile(pattern);
            }
            else if (entry.Fault is { } fault)
            {
                _findings.Fail(full, $"{full}: {fault}.");
            }
            else
            {
                (ImageSignature.IsImageName(entry.Name) ? images : unknown).Add(full);
            }

            YoungGarbage.Limit();
        }

        unknown.SortLastFolder();
        foreach (var file in unknown)
        {
            LookInto(file, images);
        }

        images.SortLastFolder();
        subfolders.Sort(StringComparer.Ordinal);
        if (depth == 1)
        {
            _findings.PartsInside(subfolders);
        }

        foreach (var name in subfolders)
        {
            var subfolder = Path.Combine(folder, name);
            RequireNoLoop(folder, subfolder, depth);
            CollectOrFail(subfolder, images, depth + 1);
        }
    }

    private static void RequireNoLoop(string folder, string subfolder, int depth)
    {
        var link = Directory.ResolveLinkTarget(subfolder, returnFinalTarget: true);
        if (link is not null && PathCase.IsWithin(folder, link.FullName))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{subfolder}: this link leads back to a folder that holds it; remove it.",
                subfolder);
        }

        if (depth >= DeepestFolder)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{subfolder}: folders are nested more than {DeepestFolder} deep. Does a link lead back?",
                subfolder);
        }
    }

    private void LookInto(string file, PathList images)
    {
        _token.ThrowIfCancellationRequested();
        try
        {
            var kind = ImageSignature.OfFile(file);
            if (kind is { IsReadable: true })
            {
                images.Add(file);
            }
            else
            {
                _findings.LeaveOut(file, kind);
            }
        }
        catch (PSTransferException fault)
        {
            _findings.Fail(file, fault.Message);
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            _findings.Fail(file, $"{file}: can't be read: {closed.Message.TrimEnd('.')}.");
        }
    }
}
