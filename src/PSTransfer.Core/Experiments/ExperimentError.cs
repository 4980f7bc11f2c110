using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Experiments;

/// <summary>An error in an experiment.</summary>
/// <param name="Source">The file's full path, or the override that has the error.</param>
/// <param name="Line">The line, from 1; 0 where the error isn't in the file.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="Key">The path of the key, as in train.epochs; empty for the file as a whole.</param>
/// <param name="Message">The expected value, the found one, and the nearest name.</param>
public sealed record ExperimentError(string Source, int Line, int Column, string Key, string Message)
{
    /// <summary>The error in the form of compilers, so that editors and CI find the place.</summary>
    public override string ToString()
    {
        var place = Line > 0 ? $"({Line},{Column})" : string.Empty;
        return Printable.Line($"{Source}{place}: {(Key.Length > 0 ? Printable.Text(Key) + ": " : string.Empty)}{Message}");
    }
}

/// <summary>Collects errors, each once, because the runs of a matrix share most of their lines.</summary>
internal sealed class ExperimentErrors
{
    private const int Most = 100;
    private const int LongestMessage = 2000;

    private readonly List<ExperimentError> _errors = [];
    private readonly HashSet<ExperimentError> _known = [];
    private readonly HashSet<(int Line, int Column, string Key)> _unknown = [];

    /// <summary>
    /// The errors in the order of the file; errors that aren't in the file come first. Of more than a hundred, the first hundred and a
    /// note.
    /// </summary>
    public IReadOnlyList<ExperimentError> All =>
    [
        .. _errors.OrderBy(error => error.Line).ThenBy(error => error.Column),
        .. Count <= Most ? [] : (ExperimentError[])
        [
            new(_errors[0].Source, 0, 0, string.Empty, $"{Count - Most} more errors, which aren't listed: correct these first."),
        ],
    ];

    /// <summary>The number of all errors, those beyond a hundred included.</summary>
    public int Count => _known.Count + _unknown.Count;

    /// <summary>Whether there are more errors than are listed.</summary>
    public bool IsFull => Count > Most;

    /// <summary>Adds an error.</summary>
    public void Add(YamlPlace place, string key, string message)
    {
        var told = message.Length <= LongestMessage ? message : $"{message[..LongestMessage]}...";
        var error = new ExperimentError(place.Source, place.Line, place.Column, key, told);
        if (_known.Add(error) && _errors.Count < Most)
        {
            _errors.Add(error);
        }
    }

    /// <summary>
    /// Adds the error of an unknown key. The message is made only where it is listed, because a file may have ten thousand such keys in
    /// each run.
    /// </summary>
    public void AddUnknown(YamlPlace place, string key, Func<string> message)
    {
        if (_unknown.Add((place.Line, place.Column, key)) && _errors.Count < Most)
        {
            _errors.Add(new ExperimentError(place.Source, place.Line, place.Column, key, message()));
        }
    }
}
