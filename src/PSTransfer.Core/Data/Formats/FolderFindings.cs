using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Formats;

/// <summary>What an image folder contains that isn't taken, and the sentences that say so.</summary>
/// <param name="path">The image folder.</param>
internal sealed class FolderFindings(string path)
{
    private const int NamesShown = 3;
    private const int FaultsShown = 5;

    /// <summary>The most pictures that are counted in one folder: a waste basket may be larger than the data.</summary>
    private const int MostCounted = 100_000;

    private static readonly EnumerationOptions Everything =
        new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    private readonly SortedDictionary<string, (int Folders, int Images)> _folders = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _kinds = new(StringComparer.Ordinal);
    private readonly List<string> _unreadable = [];
    private readonly List<string> _others = [];
    private readonly PathList _broken = [];
    private readonly List<string> _reasons = [];
    private int _otherCount;
    private IReadOnlyList<string>? _parts;

    /// <summary>Files and folders that can't be read, in the order in which they were found.</summary>
    public IReadOnlyList<string> Broken => _broken;

    /// <summary>Pictures that lie beside the class folders.</summary>
    public int Beside { get; set; }

    /// <summary>Counts a folder of <see cref="Litter"/>, and the pictures in it.</summary>
    public void PassOverFolder(string folder)
    {
        var name = Path.GetFileName(folder);
        var before = _folders.GetValueOrDefault(name);
        _folders[name] = (before.Folders + 1, before.Images + ImagesIn(folder));
    }

    /// <summary>Counts a file of <see cref="Litter"/> under its pattern. An empty pattern isn't counted.</summary>
    public void PassOverFile(string pattern)
    {
        if (pattern.Length > 0)
        {
            _files[pattern] = _files.GetValueOrDefault(pattern) + 1;
        }
    }

    /// <summary>Counts a file that isn't taken, by the kind of picture it holds; null if it is no picture.</summary>
    public void LeaveOut(string file, ImageKind? kind)
    {
        if (kind is null)
        {
            _otherCount++;
            Keep(_others, file);
            return;
        }

        _kinds[kind.Name] = _kinds.GetValueOrDefault(kind.Name) + 1;
        Keep(_unreadable, file);
    }

    /// <summary>
    /// Takes note of the subfolders of a class. If those of every class are named as parts of a split, a warning says so.
    /// </summary>
    public void PartsInside(IReadOnlyList<string> subfolders)
    {
        var areParts = subfolders.Count > 1 && subfolders.All(FolderLayout.IsSplit);
        _parts = areParts && _parts is null or { Count: > 0 } ? subfolders : [];
    }

    /// <summary>Counts a file or folder that can't be read.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="message">The sentence that says why, with the path.</param>
    public void Fail(string file, string message)
    {
        _broken.Add(file);
        if (_reasons.Count < FaultsShown)
        {
            _reasons.Add(message);
        }
    }

    /// <summary>Makes the error that names every file and folder that can't be read.</summary>
    public PSTransferException Error() => new(
        FaultKind.InvalidData,
        $"{path}: {Count(_broken.Count, "file", "files")} can't be read. "
        + $"{Reasons()} Replace or remove {(_broken.Count == 1 ? "it" : "them")}, "
        + $"or leave broken ones out with {Option.Name("SkipInvalid")}{Option.AtPrompt(" of Import-ImageDataset")}.",
        path)
    {
        Targets = [.. _broken],
        Others = ["SkipInvalid"],
    };

    /// <summary>The findings that may be a loss: pictures that were left out.</summary>
    /// <param name="taken">How many images are taken.</param>
    public IEnumerable<string> Warnings(int taken)
    {
        if (_broken.Count > 0)
        {
            yield return $"{path}: {Count(_broken.Count, "broken image was", "broken images were")} skipped, "
                + $"{taken} were taken. {Reasons()}";
        }

        if (Beside > 0)
        {
            yield return $"{path}: {Count(Beside, "picture lies", "pictures lie")} beside the class folders and "
                + $"belong{(Beside == 1 ? "s" : string.Empty)} to no class: not taken.";
        }

        if (_parts is { Count: > 0 })
        {
            yield return $"{path}: each class holds the parts of a split ({string.Join(", ", _parts.Select(Printable.Text))}), and the "
                + "images of all parts were taken together. To keep them apart, make one folder per part, with the classes inside.";
        }

        string[] passed =
        [
            .. _folders.Where(one => one.Value.Images > 0).Select(one =>
                $"{Count(one.Value.Images, "picture", "pictures")} in {Count(one.Value.Folders, "folder", "folders")} '{Show(one.Key)}'"),
            .. _files.Select(one => $"{Count(one.Value, "file", "files")} '{Show(one.Key)}'"),
        ];
        if (passed.Length > 0)
        {
            yield return $"{path}: passed over what systems and tools leave behind (thumbnails, waste baskets, copies): "
                + $"{string.Join(", ", passed)}.";
        }

        if (_kinds.Count > 0)
        {
            var kinds = string.Join(", ", _kinds.Select(one => $"{one.Key} ({one.Value})"));
            yield return $"{path}: {Count(_kinds.Values.Sum(), "picture was", "pictures were")} left out, "
                + $"since {ImageKind.ReadableNames} can be read and {kinds} can't: {Names(_unreadable, _kinds.Values.Sum())}. "
                + "To take these pictures too, convert them to JPEG or PNG.";
        }
    }

    /// <summary>The findings that are no loss: files that are no pictures.</summary>
    public IEnumerable<string> Notes()
    {
        if (_otherCount > 0)
        {
            yield return $"{path}: {Count(_otherCount, "file is no picture and was", "files are no pictures and were")} passed over: "
                + $"{Names(_others, _otherCount)}.";
        }
    }

    /// <summary>What lies in a class folder without readable pictures, for the error about that class.</summary>
    public string Found() =>
        _reasons.Count > 0 ? $"only broken ones ({_reasons[^1].TrimEnd('.')})"
        : _kinds.Count > 0 ? $"{_kinds.Values.Sum()} pictures that can't be read ({string.Join(", ", _kinds.Keys)}): "
            + $"{Names(_unreadable, _kinds.Values.Sum())}"
        : _otherCount > 0 ? $"{Count(_otherCount, "file that is no picture", "files that are no pictures")}: {Names(_others, _otherCount)}"
        : _files.Count + _folders.Count > 0 ? "only what systems and tools leave behind "
            + $"({string.Join(", ", _files.Keys.Concat(_folders.Keys).Select(Show))})"
        : "none";

    /// <summary>Writes a number with its noun.</summary>
    public static string Count(int count, string one, string many) => $"{count} {(count == 1 ? one : many)}";

    private string Reasons() =>
        string.Join(" ", _reasons) + (_broken.Count > FaultsShown ? $" (and {_broken.Count - FaultsShown} more)" : string.Empty);

    private static int ImagesIn(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder, "*", Everything).Take(MostCounted).Count(file => ImageSignature.IsImageName(file));
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return 0; // only root can read lost+found
        }
    }

    private string Names(List<string> files, int count) => NameList.Some(files.Select(Show), count);

    /// <summary>A file's path from the image folder on, made printable.</summary>
    private string Show(string file) => Printable.Text(Path.IsPathRooted(file) ? Path.GetRelativePath(path, file) : file);

    private static void Keep(List<string> files, string file)
    {
        if (files.Count < NamesShown)
        {
            files.Add(file);
        }
    }
}
