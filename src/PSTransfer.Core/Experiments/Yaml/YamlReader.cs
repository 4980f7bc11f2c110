using System.Text;
using PSTransfer.Core.Files;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PSTransfer.Core.Experiments.Yaml;

/// <summary>
/// Reads one YAML document into nodes, event by event. Only text, lists and maps are made from it, and tags are refused. The nodes behind
/// an alias count as if they were written out, so that a small file can't become a large tree.
/// </summary>
internal sealed class YamlReader
{
    private const int MostBytes = 1 << 20;
    private const int MostNodes = 20_000;
    private const int MostLevels = 24;

    private readonly string _source;
    private readonly ExperimentErrors _errors;
    private readonly Parser _parser;
    private readonly Dictionary<string, (YamlNode Node, int Count)> _anchors = [];
    private readonly bool _isFile;
    private int _nodes;

    private YamlReader(string source, string text, ExperimentErrors errors, bool isFile) =>
        (_source, _errors, _parser, _isFile) = (source, errors, new Parser(new StringReader(text)), isFile);

    /// <summary>Reads a file.</summary>
    /// <returns>The document; null where it can't be read, and <paramref name="errors"/> says why.</returns>
    /// <exception cref="PSTransferException">The file isn't there or can't be read.</exception>
    public static YamlNode? ReadFile(string path, ExperimentErrors errors)
    {
        var start = new YamlPlace(path, 1, 1);
        byte[] bytes;
        try
        {
            using var file = RegularFile.OpenStream(path);
            bytes = new byte[Math.Min(file.Length, MostBytes + 1)];
            file.ReadExactly(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(
                error is FileNotFoundException or DirectoryNotFoundException ? FaultKind.NotFound : FaultKind.InvalidData,
                $"{path}: can't be read: {error.Message}", path, error);
        }

        if (bytes.Length > MostBytes)
        {
            errors.Add(start, string.Empty, $"expected an experiment of at most {MostBytes / 1024} KiB, found a larger file.");
            return null;
        }

        try
        {
            return Read(
                path, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF'), errors, isFile: true);
        }
        catch (DecoderFallbackException)
        {
            errors.Add(start, string.Empty, "expected text in UTF-8; save the file in that encoding.");
            return null;
        }
    }

    /// <summary>Reads text.</summary>
    /// <param name="source">The file, or the override that has the text.</param>
    /// <param name="text">The document.</param>
    /// <param name="errors">Collects the errors.</param>
    /// <param name="isFile">Whether the text is a file, whose lines errors name.</param>
    public static YamlNode? Read(string source, string text, ExperimentErrors errors, bool isFile)
    {
        var reader = new YamlReader(source, text, errors, isFile);
        try
        {
            return reader.Document();
        }
        catch (YamlException error)
        {
            var tab = reader.TabAfter(error, text);
            var what = tab is null ? Sentence(error.Message) : "a tab indents this line; indent by spaces.";
            errors.Add(tab ?? reader.PlaceOf(error.Start), string.Empty, $"this isn't YAML: {what}");
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            // The library's scanner throws these exceptions for some damaged texts.
            var place = reader.PlaceOf(reader._parser.Current?.End ?? Mark.Empty);
            errors.Add(place, string.Empty, "this isn't YAML: what follows here can't be read.");
        }

        return null;
    }

    /// <summary>The library's sentence without its place, because errors name the place already.</summary>
    private static string Sentence(string message)
    {
        var end = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        return (end < 0 ? message : message[(end + 3)..]).TrimEnd('.') + ".";
    }

    /// <summary>
    /// The place of the tab that an error is about; null for no tab. The library's place is an earlier one, at times the document's start.
    /// </summary>
    private YamlPlace? TabAfter(YamlException error, string text)
    {
        if (!error.Message.Contains(" tab ", StringComparison.Ordinal))
        {
            return null;
        }

        var first = (int)Math.Max(error.Start.Line, _parser.Current?.Start.Line ?? 0) - 1;
        foreach (var (index, line) in text.ReplaceLineEndings("\n").Split('\n').Index().Skip(first))
        {
            var column = line.AsSpan().IndexOfAnyExcept(' ');
            if (column >= 0 && line[column] == '\t')
            {
                return new YamlPlace(_source, _isFile ? index + 1 : 0, column + 1);
            }
        }

        return null;
    }

    private YamlNode? Document()
    {
        _parser.MoveNext();
        _parser.MoveNext();
        if (_parser.Current is not DocumentStart)
        {
            return _isFile
                ? new YamlMap([], new YamlPlace(_source, 1, 1))
                : new YamlScalar(string.Empty, IsPlain: true, new YamlPlace(_source, 0, 0));
        }

        _parser.MoveNext();
        var root = Node(1, string.Empty);
        if (root is not null && _parser.MoveNext() && _parser.MoveNext() && _parser.Current is DocumentStart second)
        {
            _errors.Add(
                PlaceOf(second), string.Empty, "expected one document; put the second one (after ---) into a file of its own.");
        }

        return root;
    }

    /// <summary>Reads the node that begins at the current event, up to its last event. Null where reading must stop.</summary>
    private YamlNode? Node(int level, string path)
    {
        var current = _parser.Current!;
        if (++_nodes > MostNodes || level > MostLevels)
        {
            _errors.Add(PlaceOf(current), string.Empty, level > MostLevels
                ? $"lists and maps are nested more than {MostLevels} deep."
                : $"the document has more than {MostNodes} values, those behind aliases counted.");
            return null;
        }

        if (current is AnchorAlias alias)
        {
            return Known(alias);
        }

        if (current is NodeEvent { Tag.IsEmpty: false } tagged)
        {
            _errors.Add(
                PlaceOf(current), path, $"the tag {tagged.Tag} isn't taken: values are what they look like, and text stands in quotes.");
        }

        var before = _nodes;
        YamlNode? node = current switch
        {
            Scalar scalar => new YamlScalar(scalar.Value, scalar.Style is ScalarStyle.Plain, PlaceOf(scalar)),
            SequenceStart => List(level, path),
            _ => Map(level, path),
        };
        if (node is not null && current is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            _anchors[anchored.Anchor.Value] = (node, _nodes - before + 1);
        }

        return node;
    }

    private YamlNode? Known(AnchorAlias alias)
    {
        // An anchor becomes known when its node is complete, so that no node can contain itself.
        if (!_anchors.TryGetValue(alias.Value.Value, out var known))
        {
            var name = alias.Value.Value;
            _errors.Add(PlaceOf(alias), string.Empty, $"*{name} stands for nothing: no &{name} is complete above it.");
            return null;
        }

        _nodes += known.Count;
        return known.Node;
    }

    private YamlList? List(int level, string path)
    {
        var place = PlaceOf(_parser.Current!);
        var items = new List<YamlNode>();
        while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
        {
            if (Node(level + 1, path) is not { } item)
            {
                return null;
            }

            items.Add(item);
        }

        return new YamlList(items, place);
    }

    private YamlMap? Map(int level, string path)
    {
        var place = PlaceOf(_parser.Current!);
        var entries = new List<YamlEntry>();
        var known = new Dictionary<string, int>();
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            var at = PlaceOf(_parser.Current!);
            var key = Node(level + 1, path);
            var below = path.Length == 0 ? $"{(key as YamlScalar)?.Text}" : $"{path}.{(key as YamlScalar)?.Text}";
            if (key is null || !_parser.MoveNext() || Node(level + 1, below) is not { } value)
            {
                return null;
            }

            if (key is not YamlScalar { Text: var name })
            {
                _errors.Add(at, string.Empty, $"expected a name as key, found {key.Describe()}.");
            }
            else if (!known.TryAdd(name, at.Line))
            {
                _errors.Add(at, below, $"the key is given twice, in line {known[name]} first.");
            }
            else
            {
                entries.Add(new YamlEntry(name, at, value));
            }
        }

        return new YamlMap(entries, place);
    }

    private YamlPlace PlaceOf(ParsingEvent at) => PlaceOf(at.Start);

    private YamlPlace PlaceOf(Mark at) => new(_source, _isFile ? (int)at.Line : 0, (int)at.Column);
}
