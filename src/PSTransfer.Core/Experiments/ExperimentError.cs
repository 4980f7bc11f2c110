using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Experiments;

/// <summary>What is wrong with an experiment.</summary>
/// <param name="Source">The file's full path, or the override that it came with.</param>
/// <param name="Line">From 1; 0 where it isn't in the file.</param>
/// <param name="Column">From 1.</param>
/// <param name="Key">The key with those above it, as in train.epochs; empty for the file as a whole.</param>
/// <param name="Message">What was expected, what was found, and what is nearest.</param>
public sealed record ExperimentError(string Source, int Line, int Column, string Key, string Message)
{
    /// <summary>As compilers print it, so that editors and CI find the place.</summary>
    public override string ToString() => Printable.Line(
        $"{Source}{(Line > 0 ? FormattableString.Invariant($"({Line},{Column})") : string.Empty)}: {(Key.Length > 0 ? Printable.Text(Key) + ": " : string.Empty)}{Message}");
}

/// <summary>Collects what is wrong, each thing once: the runs of a matrix share most of their lines.</summary>
internal sealed class ExperimentErrors
{
    private const int Most = 100;
    private const int LongestMessage = 2000;

    private readonly List<ExperimentError> _errors = [];
    private readonly HashSet<ExperimentError> _known = [];
    private readonly HashSet<(int Line, int Column, string Key)> _unknown = [];

    /// <summary>In the order of the file; what isn't in it comes first. Of more than a hundred the first, and how many there are besides.</summary>
    public IReadOnlyList<ExperimentError> All =>
    [
        .. _errors.OrderBy(error => error.Line).ThenBy(error => error.Column),
        .. Count <= Most ? [] : new[] { new ExperimentError(_errors[0].Source, 0, 0, string.Empty, $"{Count - Most} more errors, which aren't listed: correct these first.") },
    ];

    /// <summary>How many there are.</summary>
    public int Count => _known.Count + _unknown.Count;

    /// <summary>Whether there are more than are told.</summary>
    public bool IsFull => Count > Most;

    /// <summary>Adds one.</summary>
    public void Add(YamlPlace place, string key, string message)
    {
        var told = message.Length <= LongestMessage ? message : $"{message[..LongestMessage]}...";
        var error = new ExperimentError(place.Source, place.Line, place.Column, key, told);
        if (_known.Add(error) && _errors.Count < Most)
        {
            _errors.Add(error);
        }
    }

    /// <summary>Adds a key that there isn't. What is nearest is only looked for where it is told: a file may have ten thousand such keys, in each of its runs.</summary>
    public void AddUnknown(YamlPlace place, string key, Func<string> message)
    {
        if (_unknown.Add((place.Line, place.Column, key)) && _errors.Count < Most)
        {
            _errors.Add(new ExperimentError(place.Source, place.Line, place.Column, key, message()));
        }
    }
}
