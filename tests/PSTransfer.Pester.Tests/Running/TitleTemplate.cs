using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace PSTransfer.Pester.Tests.Running;

/// <summary>Fills "&lt;name&gt;", "&lt;_&gt;" and "&lt;name.property&gt;" in titles from rows of -ForEach, the nearest first.</summary>
internal static partial class TitleTemplate
{
    public static string Expand(string title, IEnumerable<object?> rows) =>
        Placeholder().Replace(title, match => Find(match.Groups[1].Value.Split('.'), rows) ?? match.Value);

    private static string? Find(string[] path, IEnumerable<object?> rows)
    {
        foreach (var row in rows)
        {
            if (path[0] == "_" && row is not null)
            {
                return Text(path.Skip(1).Aggregate(row, Member!));
            }

            if (row is PSObject { BaseObject: IDictionary data } && data.Contains(path[0]))
            {
                return Text(path.Skip(1).Aggregate(data[path[0]], Member));
            }

            if (row is IDictionary table && table.Contains(path[0]))
            {
                return Text(path.Skip(1).Aggregate(table[path[0]], Member));
            }
        }

        return null;
    }

    private static object? Member(object? value, string name) =>
        value is IDictionary table ? table[name] : value is null ? null : PSObject.AsPSObject(value).Properties[name]?.Value;

    private static string Text(object? value) => value switch
    {
        null => "$null",
        ICollection items when items is not IDictionary => string.Join(", ", items.Cast<object?>().Select(Text)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    [GeneratedRegex(@"<([\w.]+)>")]
    private static partial Regex Placeholder();
}
