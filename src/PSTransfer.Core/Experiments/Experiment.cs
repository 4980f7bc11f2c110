using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Experiments;

/// <summary>An experiment from a YAML file: its runs, or what is wrong with it.</summary>
public sealed class Experiment
{
    private readonly ExperimentErrors _errors = new();
    private readonly Func<string, string, bool> _matches;

    private Experiment(string path, Func<string, string, bool> matches) =>
        (Path, Name, _matches) = (path, System.IO.Path.GetFileNameWithoutExtension(path), matches);

    /// <summary>The file, in full.</summary>
    public string Path { get; }

    /// <summary>The file's name for itself, or its file name.</summary>
    public string Name { get; private set; }

    /// <summary>The runs in the order of nested loops over the matrix, whose last key changes fastest; one without a matrix.</summary>
    public IReadOnlyList<ExperimentRun> Runs { get; private set; } = [];

    /// <summary>All that is wrong, in the file's order.</summary>
    public IReadOnlyList<ExperimentError> Errors => _errors.All;

    /// <summary>Relative paths count from here.</summary>
    internal string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>The experiment with what is wrong with it.</summary>
    internal ExperimentErrors Faults => _errors;

    /// <summary>Reads an experiment. Looks at no other file: <see cref="ExperimentCheck"/> does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">key=value, as in train.epochs=3: in the place of the file's, and of the matrix'.</param>
    /// <param name="matches">Whether a pattern (first) matches a layer's name (second); null for * and ?.</param>
    /// <exception cref="PSTransferException">The file isn't there or can't be read. What is wrong with its content is in <see cref="Errors"/>.</exception>
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
            experiment._errors.Add(document.Place, string.Empty, $"expected a map with data, backbone, head and others, found {document.Describe()}.");
        }

        return experiment;
    }

    /// <summary>Refuses an experiment with errors, all in one.</summary>
    /// <exception cref="PSTransferException">InvalidData, with a line for each.</exception>
    public void RequireValid()
    {
        if (_errors.Count > 0)
        {
            throw new PSTransferException(
                FaultKind.InvalidData, $"{Path}: {(_errors.Count == 1 ? "an error" : $"{_errors.Count} errors")}. Nothing was run.\n{string.Join("\n", Errors)}", Path);
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

        // Runs share most of their lines: where one has too much wrong to be told, the others add nothing.
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

        // What a run needs besides its own section: whether there are validation images.
        ExperimentKeys.Train.Check(
            settings.Train, document.Find("train")?.Value as YamlMap ?? new YamlMap([], document.Place), "train", reading, train => train.Validate(settings.Data.HasValidation));
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
