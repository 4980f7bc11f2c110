using System.Globalization;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Tables;

/// <summary>The class names of a table in the order they came, and the order of classes if the table gives one.</summary>
internal sealed class LabelNames
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _indices = [];

    /// <summary>The number that the table gives to each name; null if it gives none.</summary>
    private readonly List<int?> _numbers = [];

    public string this[int index] => _names[index];

    public int IndexOf(string name) => _indices[name];

    /// <summary>The index of a name. A new name is added.</summary>
    /// <param name="name">The label.</param>
    /// <param name="number">The number beside the label; null if the table has no such column.</param>
    /// <param name="place">The row, for errors.</param>
    /// <exception cref="PSTransferException">The number isn't a number, or differs from the name's earlier number.</exception>
    public int Find(string name, string? number, string place)
    {
        int? own = string.IsNullOrWhiteSpace(number) ? null : Parse(number, place);
        if (_indices.TryGetValue(name, out var known))
        {
            return _numbers[known] == own ? known : throw new PSTransferException(
                FaultKind.InvalidData,
                $"{place}: the {LabelColumns.Number} of '{Printable.Text(name)}' is {Shown(own)}, "
                + $"but {Shown(_numbers[known])} in an earlier row. A class has one number.",
                name);
        }

        _indices[name] = _names.Count;
        _names.Add(name);
        _numbers.Add(own);
        return _names.Count - 1;
    }

    /// <summary>The names in the order of classes, and the labels translated to that order.</summary>
    /// <param name="labels">The labels by index.</param>
    /// <param name="start">The beginning of error messages.</param>
    /// <exception cref="PSTransferException">Two classes share a number, or a class has none.</exception>
    public (string[] Names, int[] Labels) Ordered(IReadOnlyList<int> labels, string start)
    {
        if (_numbers.Exists(number => number is not null))
        {
            foreach (var same in _numbers.Index().GroupBy(one => one.Item).Where(group => group.Key is null || group.Count() > 1))
            {
                var names = string.Join(", ", same.Select(one => $"'{Printable.Text(_names[one.Index])}'").Take(3));
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{start}the {LabelColumns.Number} of {names} is {Shown(same.Key)}. Each class needs a number of its own.",
                    LabelColumns.Number);
            }
        }

        int[] order =
        [
            .. Enumerable.Range(0, _names.Count).OrderBy(index => _numbers[index]).ThenBy(index => _names[index], StringComparer.Ordinal),
        ];
        var places = new int[order.Length];
        foreach (var (place, index) in order.Index())
        {
            places[index] = place;
        }

        return ([.. order.Select(index => _names[index])], [.. labels.Select(label => places[label])]);
    }

    /// <summary>Names that differ only by upper and lower case.</summary>
    public Examples Alike()
    {
        var alike = new Examples();
        var groups = _names.Order(StringComparer.Ordinal).GroupBy(name => name, StringComparer.OrdinalIgnoreCase);
        foreach (var group in groups.Where(group => group.Count() > 1))
        {
            alike.Add(string.Join(" and ", group.Select(name => $"'{Printable.Text(name)}'")));
        }

        return alike;
    }

    private static int Parse(string number, string place) =>
        int.TryParse(number.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : throw new PSTransferException(
                FaultKind.InvalidData,
                $"{place}: {LabelColumns.Number} is '{Printable.Text(number)}', expected a whole number from 0: the place of the label "
                + "among the classes. Rename the column if it is something else.",
                LabelColumns.Number);

    private static string Shown(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "missing";
}
