using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Experiments;

/// <summary>An experiment from a YAML file: its runs, and its errors.</summary>
public sealed class Experiment
{
    private readonly ExperimentErrors _errors = new();
    private readonly Func<string, string, bool> _matches;

    private Experiment(string path, Func<string, string, bool> matches) =>
        (Path, Name, _matches) = (path, System.IO.Path.GetFileNameWithoutExtension(path), matches);

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    /// <summary>The name that the file gives, or the file's own name without it.</summary>
    public string Name { get; private set; }

    /// <summary>The runs, in the order of nested loops over the matrix: the last key changes fastest. One run without a matrix.</summary>
    public IReadOnlyList<ExperimentRun> Runs { get; private set; } = [];

    /// <summary>All errors, in the file's order.</summary>
    public IReadOnlyList<ExperimentError> Errors => _errors.All;

    /// <summary>The folder that relative paths count from.</summary>
    internal string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>The collection of errors, for checks that add to it.</summary>
    internal ExperimentErrors Faults => _errors;

    /// <summary>Reads an experiment. Other files are looked at by <see cref="ExperimentCheck"/> alone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Texts key=value, as in train.epochs=3, which replace values of the file and of the matrix.</param>
    /// <param name="matches">Whether a pattern (first) matches a layer's name (second); null for * and ?.</param>
    /// <exception cref="PSTransferException">
    /// The file isn't there or can't be read. Errors in its content are in <see cref="Errors"/>.
    /// </exception>
    public static Experiment Load(string path, IReadOnlyList<string> overrides, Func<string, string, bool>? matches = null)
    {
        var experiment = new Experiment(System.IO.Path.GetFullPath(path), matches ?? Models.NamedLayers.Wildcards);
        var document = YamlReader.ReadFile(experiment.Path, experiment._errors);
        if (document is YamlMap map)
        {
            experiment.Read(map, overrides);
        }
        else if (document is not null)
        {
            experiment._errors.Add(
                document.Place, string.Empty, $"expected a map with data, backbone, head and others, found {document.Describe()}.");
        }

        return experiment;
    }

    /// <summary>Refuses an experiment with errors, by one exception for all of them.</summary>
    /// <exception cref="PSTransferException">InvalidData, with a line for each error.</exception>
    public void RequireValid()
    {
        if (_errors.Count > 0)
        {
            var count = _errors.Count == 1 ? "an error" : $"{_errors.Count} errors";
            throw new PSTransferException(
                FaultKind.InvalidData, $"{Path}: {count}. Nothing was run.\n{string.Join("\n", Errors)}", Path);
        }
    }

    private void Read(YamlMap document, IReadOnlyList<string> overrides)
    {
        var given = new HashSet<string>();
        foreach (var text in overrides)
        {
            document = Override(document, text, given);
        }

        var matrix = ExperimentMatrix.Read(document.Find("matrix")?.Value, given, _errors);
        document = document.Without("matrix");
        Name = (document.Find("name")?.Value as YamlScalar)?.Text is { Length: > 0 } name ? name : Name;
        var combinations = matrix.Combinations.ToList();
        var names = ExperimentRun.NamesOf(Name, combinations);

        // Runs share most of their lines: when the list of errors is full, further runs add nothing.
        var runs = new List<ExperimentRun>();
        for (var index = 0; index < combinations.Count && !_errors.IsFull; index++)
        {
            runs.Add(Run(index, names[index], combinations[index], document));
        }

        Runs = runs;
    }

    private ExperimentRun Run(int index, string name, IReadOnlyList<(string Key, YamlNode Value)> values, YamlMap document)
    {
        foreach (var (key, value) in values)
        {
            document = document.With(key.Split('.'), new YamlEntry(string.Empty, value.Place, value));
        }

        var reading = new Reading(_errors, Folder, (document.Find("seed")?.Value as YamlScalar)?.Whole);
        ExperimentKeys.Root.TryRead(document, string.Empty, reading, out var settings);
        settings = settings with { Train = settings.Train with { Matches = _matches } };

        // The training options are checked here, because some need validation images, which are in another section.
        var section = document.Find("train")?.Value as YamlMap ?? new YamlMap([], document.Place);
        ExperimentKeys.Train.Check(settings.Train, section, "train", reading, train => train.Validate(settings.Data.HasValidation));
        return new ExperimentRun(index + 1, name, values, document, settings);
    }

    private YamlMap Override(YamlMap document, string text, HashSet<string> given)
    {
        var place = new YamlPlace($"-Set {text}", 0, 0);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            _errors.Add(place, string.Empty, "expected key=value, as in train.epochs=3.");
            return document;
        }

        var key = text[..equals].Trim();
        var path = key.StartsWith("matrix.", StringComparison.Ordinal) ? ["matrix", key[7..]] : key.Split('.');
        var known = ExperimentMatrix.Keys.Select(one => one.Path).Concat(["name", "output", "matrix"]);
        if (path[0] != "matrix" && !known.Contains(key))
        {
            _errors.Add(place, key, $"no such key. {ExperimentKeys.Renamed(key) ?? Nearest.HintOfParts(key, [.. known])}");
            return document;
        }

        if (YamlReader.Read(place.Source, text[(equals + 1)..], _errors, isFile: false) is not { } value)
        {
            return document;
        }

        given.Add(key);
        return document.With(path, new YamlEntry(string.Empty, place, value));
    }
}
