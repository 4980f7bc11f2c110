using System.Collections;
using System.Globalization;
using System.Management.Automation;
using PSTransfer.Core;
using PSTransfer.Core.Data.Tables;

namespace PSTransfer.Binding;

/// <summary>Takes image files and labels from objects of any kind: rows of a table, files, hashtables, deserialised objects.</summary>
/// <param name="path">The property with the file, by name or as a script block; null for the usual names.</param>
/// <param name="label">The property with the label, likewise.</param>
/// <param name="folder">The folder from which relative paths count.</param>
/// <param name="resolve">Turns a path with a drive of PowerShell into a full path of the file system.</param>
internal sealed class LabelledObjects(object? path, object? label, string folder, Func<string, string> resolve)
{
    private const string First = "the first object";

    private readonly LabelRows _rows = new(source: null, folder, "object");
    private readonly object? _path = path is null ? null : Table.Unwrap(path);
    private readonly object? _label = label is null ? null : Table.Unwrap(label);
    private int _count;
    private bool _hasNames;
    private string? _pathName;
    private string? _labelName;
    private string? _numberName;

    /// <summary>The rows that were added so far.</summary>
    public LabelRows Rows => _rows;

    /// <summary>Whether an object has a label under one of the usual names.</summary>
    public static bool HasLabel(object item) => LabelColumns.HasLabel(Names(item));

    /// <summary>The value of the first of the named properties that an object has; null if it has none.</summary>
    public static string? Text(object item, params string[] names) =>
        names.Select(name => Text(Value(item, name))).FirstOrDefault(text => !string.IsNullOrEmpty(text));

    /// <summary>The names of an object's properties, or of a hashtable's keys.</summary>
    public static List<string> Names(object item) => Table.Unwrap(item) is IDictionary table
        ? [.. table.Keys.Cast<object>().Select(key => $"{key}")]
        : [.. PSObject.AsPSObject(item).Properties.Select(property => property.Name)];

    /// <summary>Adds an object. The first object with a file and a label decides which properties hold them.</summary>
    /// <exception cref="PSTransferException">A property is missing, or holds more than one value.</exception>
    public void Add(object item)
    {
        _count++;
        if (!_hasNames)
        {
            var names = Names(item);
            _pathName = _path is ScriptBlock ? null : names[LabelColumns.Path(names, Name(_path, "PathProperty"), First, "property")];
            _labelName = _label is ScriptBlock ? null : names[LabelColumns.Label(names, Name(_label, "LabelProperty"), First, "property")];
            _numberName = _label is null && LabelColumns.NumberOf(names) is >= 0 and var number ? names[number] : null;
            _hasNames = true;
        }

        var file = One(item, _path, _pathName, "path");
        var own = One(item, _label, _labelName, "label");
        _rows.Add(_count, file is null ? null : Full(file), own, _numberName is null ? null : Text(Value(item, _numberName)));
    }

    private static string? Name(object? property, string parameter) => property switch
    {
        null => null,
        string name => name,
        _ => throw new PSTransferException(
            FaultKind.InvalidArgument,
            $"-{parameter} takes the name of a property or a script block, not {property.GetType().Name}.",
            parameter),
    };

    private string? One(object item, object? property, string? name, string what)
    {
        var value = property is ScriptBlock script ? Run(script, item) : Value(item, name!);
        return value is null || Table.Unwrap(value) is not IEnumerable many || many is string or IDictionary
            ? Text(value)
            : throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"object {_count}: the {what} has several values ({string.Join(", ", many.Cast<object>().Take(3))}). An image has one.",
                what);
    }

    private static object? Run(ScriptBlock script, object item)
    {
        var found = script.InvokeWithContext(null, [new PSVariable("_", item)]);
        return found.Count switch
        {
            0 => null,
            1 => found[0],
            _ => found,
        };
    }

    private static object? Value(object item, string name) => Table.Unwrap(item) is IDictionary table
        ? table.Keys.Cast<object>().Where(key => name.Equals($"{key}", StringComparison.OrdinalIgnoreCase)).Select(key => table[key])
            .FirstOrDefault()
        : PSObject.AsPSObject(item).Properties[name]?.Value;

    /// <summary>A value as text: numbers in the invariant culture, files by their full path.</summary>
    private static string? Text(object? value) => (value is null ? null : Table.Unwrap(value)) switch
    {
        null or DBNull => null,
        FileSystemInfo file => file.FullName,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        var other => other.ToString(),
    };

    /// <summary>Converts a path with a PowerShell drive or provider to a path of the file system. Other paths stay as they are.</summary>
    private string Full(string file) =>
        !file.Contains(':', StringComparison.Ordinal) || Path.IsPathFullyQualified(file) || File.Exists(Path.Combine(folder, file))
            ? file
            : Resolved(file);

    private string Resolved(string file)
    {
        try
        {
            return resolve(file);
        }
        catch (Exception unknown) when (unknown is SessionStateException or NotSupportedException or PSTransferException)
        {
            return file; // the file will be counted as missing
        }
    }
}
