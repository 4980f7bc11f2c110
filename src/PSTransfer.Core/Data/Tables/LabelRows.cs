using System.Globalization;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Formats;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Tables;

/// <summary>
/// Gathers image files with a label each, row by row, and makes a data set of them. A row takes a few bytes more than the name of its file,
/// so tables of millions fit into memory.
/// </summary>
/// <param name="source">The table; null for objects, whose source is the folder that holds all files.</param>
/// <param name="folder">The folder from which relative paths count.</param>
/// <param name="row">The word for a row in messages: "line" or "object".</param>
public sealed class LabelRows(string? source, string folder, string row)
{
    private readonly FilesOnce _files = new();
    private readonly List<int> _labels = [];
    private readonly List<int> _places = [];
    private readonly LabelNames _names = new();
    private readonly HashSet<int> _known = [];

    private readonly Examples _unlabelled = new();
    private readonly Examples _doubled = new();
    private readonly Examples _contradictions = new();
    private readonly Examples _missing = new();
    private readonly Examples _others = new();

    /// <summary>The folder that holds all files so far; null before the first file, empty if no folder holds all.</summary>
    private string? _common;
    private int _count;

    /// <summary>Adds a row. A row without path and label is blank and ignored.</summary>
    /// <param name="place">The row's line in the file, or the number of the object, from 1.</param>
    /// <param name="path">The file's path, full or relative to the folder.</param>
    /// <param name="label">The label; blanks around it don't count. Null for a row without a label.</param>
    /// <param name="number">The place of the label among the classes. A row with a number and without a path names a class without
    /// images.</param>
    /// <exception cref="PSTransferException">The number isn't a number, or differs from the label's earlier number.</exception>
    public void Add(int place, string? path, string? label, string? number = null)
    {
        _count += string.IsNullOrWhiteSpace(path) && string.IsNullOrWhiteSpace(label) ? 0 : 1;

        // A table with numbers holds names exactly as written, so blanks are kept.
        var name = string.IsNullOrWhiteSpace(number) ? label?.Trim() : label;
        var isNamed = !string.IsNullOrEmpty(name);
        if (string.IsNullOrWhiteSpace(path))
        {
            if (isNamed && !string.IsNullOrWhiteSpace(number))
            {
                _names.Find(name!, number, At(place));
            }
            else if (isNamed)
            {
                _missing.Add($"no file named ({row} {place})");
            }

            return;
        }

        if (!isNamed)
        {
            _unlabelled.Add($"{Printable.Text(path)} ({row} {place})");
            return;
        }

        var own = _names.Find(name!, number, At(place));
        _known.Add(own);
        if (Locate(path) is not { } file)
        {
            _missing.Add($"{Printable.Text(path)} ({row} {place})");
        }
        else if (!IsImage(file))
        {
            _others.Add($"{Printable.Text(path)} ({row} {place})");
        }
        else if (_files.Add(file, out var first))
        {
            _labels.Add(own);
            _places.Add(place);
            _common = Common(_common ?? Path.GetDirectoryName(file)!, file);
        }
        else if (_labels[first] == own)
        {
            _doubled.Add($"{Printable.Text(path)} ({row} {_places[first]} and {row} {place})");
        }
        else
        {
            _contradictions.Add(
                $"{Printable.Text(path)} is '{Printable.Text(_names[_labels[first]])}' in {row} {_places[first]} "
                + $"and '{Printable.Text(_names[own])}' in {row} {place}");
        }

        YoungGarbage.Limit();
    }

    /// <summary>
    /// Makes the data set. Classes are ordered by name, ordinally, or by their numbers. Images are ordered by class, and within a class as
    /// their rows came.
    /// </summary>
    /// <param name="options">What to take from the rows.</param>
    /// <param name="token">Cancels between files.</param>
    /// <param name="report">Called with what is being decoded and the share that is done, 0 to 1. Not called unless every image is decoded
    /// at import.</param>
    /// <exception cref="PSTransferException">A wrong option, a file with two labels, or files that are missing, broken or no
    /// images.</exception>
    public LabeledImages Import(ImageDatasetOptions options, CancellationToken token, Action<string, double>? report = null)
    {
        options.Validate();
        var origin = source ?? (string.IsNullOrEmpty(_common) ? folder : _common);
        Refuse(
            _contradictions,
            FaultKind.InvalidData,
            origin,
            $"Files with two labels ({_contradictions.Count}): {_contradictions}. Correct the rows that are wrong.");
        if (!options.SkipInvalid)
        {
            Refuse(
                _missing,
                FaultKind.NotFound,
                origin,
                $"Files that aren't there ({Of(_missing)}): {_missing}. Relative paths count from {folder} ({Option.Name("BasePath")}). "
                + $"Correct the paths, or leave these rows out with {Option.Name("SkipInvalid")}.",
                "BasePath",
                "SkipInvalid");
            Refuse(
                _others,
                FaultKind.InvalidData,
                origin,
                $"Files that are no images that can be read ({Of(_others)}): {_others}. "
                + $"Remove the rows, or leave them out with {Option.Name("SkipInvalid")}.",
                "SkipInvalid");
        }

        if (_files.Count == 0)
        {
            throw new PSTransferException(
                FaultKind.NotFound,
                $"{Start(origin)}No {row} has a file that can be read and a label."
                + string.Concat(Warnings().Select(warning => " " + warning)),
                origin);
        }

        var (names, labels) = _names.Ordered(_labels, Start(origin));
        var rows = Chosen(names, labels, options, origin, report, token, out var broken);
        var choice = SampleChoice.Make(names, [.. rows.Select(index => labels[index])], options, origin);
        PathList files = [];
        foreach (var record in choice.Records)
        {
            files.Add(_files[rows[record]]);
            YoungGarbage.Limit();
        }

        List<string> warnings = [.. Warnings().Select(warning => Start(origin) + warning)];
        if (broken.Count > 0)
        {
            warnings.Add(
                $"{Start(origin)}{FolderFindings.Count(broken.Count, "broken image was", "broken images were")} "
                + $"skipped, {files.Count} were taken. {broken}");
        }

        var skipped = broken.Count + _missing.Count + _others.Count;
        return LabeledImages.FromFiles(origin, choice.Classes, files, choice.Labels, options, skipped, [.. warnings], []);
    }

    /// <summary>The rows of the wanted classes. Rows with broken files are left out if that was asked for.</summary>
    private List<int> Chosen(
        string[] names,
        int[] labels,
        ImageDatasetOptions options,
        string origin,
        Action<string, double>? report,
        CancellationToken token,
        out Examples broken)
    {
        broken = new Examples();
        var wanted = ClassChoice.Resolve(names, options.Classes, origin).ToHashSet();
        var rows = Enumerable.Range(0, labels.Length).Where(index => wanted.Contains(labels[index])).ToList();
        if (options.CheckImages || (options.SkipInvalid && options.LooksInside))
        {
            string[] files = [.. rows.Select(index => _files[index])];
            var faults = ImageCheck.Run(files, done => report?.Invoke(Path.GetFileName(origin), (double)done / files.Length), token);
            foreach (var fault in faults.Values)
            {
                broken.Add(fault.Message);
            }

            if (faults.Count > 0 && !options.SkipInvalid)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{Start(origin)}Images that can't be read ({Of(broken)}): {broken} "
                    + $"Replace the files, or leave them out with {Option.Name("SkipInvalid")}.",
                    origin)
                {
                    Targets = [.. faults.Keys.Select(place => files[place])],
                    Others = ["SkipInvalid"],
                };
            }

            rows = [.. rows.Where((_, place) => !faults.ContainsKey(place))];
        }

        var left = rows.CountBy(index => labels[index]).ToDictionary();
        foreach (var label in wanted.Order().Where(label => !left.ContainsKey(label) && _known.Contains(_names.IndexOf(names[label]))))
        {
            throw new PSTransferException(
                FaultKind.NotFound,
                $"{Start(origin)}Class '{Printable.Text(names[label])}' has no image that can be read. "
                + $"Correct its rows, or choose classes with {Option.Name("Class")}.",
                names[label])
            {
                Others = ["Class"],
            };
        }

        return rows;
    }

    private IEnumerable<string> Warnings()
    {
        if (_unlabelled.Count > 0)
        {
            yield return $"Files without a label, left out ({Of(_unlabelled)}): {_unlabelled}.";
        }

        if (_doubled.Count > 0)
        {
            yield return $"Files that came again with the same label, taken once ({Of(_doubled)}): {_doubled}.";
        }

        if (_missing.Count > 0)
        {
            yield return $"Files that aren't there, left out ({Of(_missing)}): {_missing}.";
        }

        if (_others.Count > 0)
        {
            yield return $"Files that are no images that can be read, left out ({Of(_others)}): {_others}.";
        }

        if (_names.Alike() is { Count: > 0 } alike)
        {
            yield return $"{alike} differ only by upper and lower case, and each is a class. If they are one class, write them alike.";
        }
    }

    /// <summary>
    /// The file of a row; null if it doesn't exist. Blanks around a path are ignored, and Windows' separators are accepted on other
    /// systems, unless a file has exactly that name.
    /// </summary>
    private string? Locate(string path)
    {
        string[] spellings = [path, path.Trim(), path.Trim().Replace('\\', Path.DirectorySeparatorChar)];
        return path.Contains('\0', StringComparison.Ordinal)
            ? null
            : spellings.Distinct().Select(spelling => Path.GetFullPath(spelling, folder)).FirstOrDefault(File.Exists);
    }

    /// <summary>Whether a file's name has the ending of an image.</summary>
    public static bool IsImageName(string file) => ImageSignature.IsImageName(file);

    /// <summary>Whether a file is an image, by the rule for folders: by its name, or else by its content.</summary>
    private static bool IsImage(string file)
    {
        try
        {
            return ImageSignature.IsImageName(file) || ImageSignature.OfFile(file) is { IsReadable: true };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or PSTransferException)
        {
            return false;
        }
    }

    /// <summary>The folder that holds both a folder and a file; empty if there is none.</summary>
    private static string Common(string above, string file)
    {
        for (string? one = above; one is not null; one = Path.GetDirectoryName(one))
        {
            if (PathCase.IsWithin(file, one))
            {
                return one;
            }
        }

        return string.Empty;
    }

    private void Refuse(Examples found, FaultKind kind, string origin, string what, params string[] parameters)
    {
        if (found.Count > 0)
        {
            throw new PSTransferException(kind, Start(origin) + what, origin) { Others = parameters };
        }
    }

    private string Of(Examples found) => string.Create(CultureInfo.InvariantCulture, $"{found.Count} of {_count} {row}s");

    private string At(int place) => string.Create(CultureInfo.InvariantCulture, $"{(source is null ? "" : source + ": ")}{row} {place}");

    /// <summary>The table's name at the start of a message; empty for objects.</summary>
    private string Start(string origin) => source is null ? "" : origin + ": ";
}
