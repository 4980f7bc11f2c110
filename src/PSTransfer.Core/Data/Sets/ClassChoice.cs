using System.Globalization;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Sets;

/// <summary>Finds the classes that a user asks for among those of a data set.</summary>
internal static class ClassChoice
{
    private const int NamesShown = 12;

    /// <summary>
    /// The positions in <paramref name="names"/> of the wanted classes, in the wanted order; all positions if none is wanted.
    /// </summary>
    /// <param name="names">All class names, by label.</param>
    /// <param name="wanted">Names in any case, or positions. If any class is named by a number, a number is always read as a name.</param>
    /// <param name="path">The data set, for the message.</param>
    /// <exception cref="PSTransferException">A class is missing or is named twice.</exception>
    public static int[] Resolve(IReadOnlyList<string> names, IReadOnlyList<string>? wanted, string path)
    {
        if (wanted is null)
        {
            return [.. Enumerable.Range(0, names.Count)];
        }

        var found = wanted.Select(one => Find(names, one, path)).ToArray();
        var twice = found.GroupBy(label => label).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? found
            : throw new PSTransferException(
                FaultKind.InvalidArgument, $"class '{Printable.Text(names[twice.Key])}' is asked for twice.", "Class");
    }

    private static int Find(IReadOnlyList<string> names, string wanted, string path)
    {
        foreach (var comparison in new[] { StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase })
        {
            for (var label = 0; label < names.Count; label++)
            {
                if (names[label].Equals(wanted, comparison))
                {
                    return label;
                }
            }
        }

        var areNumbered = names.Any(IsNumber);
        if (!areNumbered && int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < names.Count)
        {
            return number;
        }

        // For numbers, only one that differs in leading zeros counts as near.
        var near = areNumbered && IsNumber(wanted)
            ? names.Where(name => name.Trim().TrimStart('0') == wanted.Trim().TrimStart('0')).ToArray()
            : names;
        var hint = near.Count == 0 ? "" : Nearest.Hint(Printable.Text(wanted), near.Select(Printable.Text)) + " ";
        var all = NameList.Some(names.Take(NamesShown).Select(Printable.Text), names.Count);
        throw new PSTransferException(
            FaultKind.NotFound,
            $"{path}: unknown class '{Printable.Text(wanted)}'. {hint}The classes are "
            + $"{all}{(areNumbered ? ", by name only, since numbers are names here" : $"; by number 0 to {names.Count - 1}")}.",
            wanted);
    }

    private static bool IsNumber(string name) =>
        (name.Length > 0 && name.All(char.IsAsciiDigit)) || decimal.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
