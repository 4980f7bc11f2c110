using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Tables;

/// <summary>Finds which columns of a table, or which properties of objects, hold the file and the label of an image.</summary>
public static class LabelColumns
{
    /// <summary>
    /// The name of the column that orders classes: the number of the row's label, from 0. Export-ImageManifest writes this column.
    /// </summary>
    public const string Number = "LabelNumber";

    private const int NamesShown = 20;

    /// <summary>
    /// The usual names of the path column, in the order in which they are tried. Case, blanks, hyphens and underscores don't count:
    /// image_path is ImagePath.
    /// </summary>
    private static readonly string[] PathNames = ["FullName", "Path", "FilePath", "ImagePath", "File", "FileName", "Image", "PSPath"];

    /// <summary>The usual names of the label column, compared as <see cref="PathNames"/> are. A table may have only one of them.</summary>
    private static readonly string[] LabelNames = ["Label", "Class", "ClassName", "Category", "Kind"];

    /// <summary>Whether one of the given names is a usual name of the label column.</summary>
    public static bool HasLabel(IEnumerable<string> names) =>
        names.Any(name => LabelNames.Contains(Plain(name), StringComparer.OrdinalIgnoreCase));

    /// <summary>The position of the column with the file.</summary>
    /// <param name="names">The names of all columns.</param>
    /// <param name="wanted">The name that the user gave; null for the usual names.</param>
    /// <param name="place">The owner of the columns, for errors: a file, or an object.</param>
    /// <param name="kind">The word for a column there: "column" or "property".</param>
    /// <exception cref="PSTransferException">The column is missing, or exists twice.</exception>
    public static int Path(IReadOnlyList<string> names, string? wanted, string place, string kind)
    {
        if (wanted is not null)
        {
            return Wanted(names, wanted, "PathProperty", place, kind);
        }

        var found = PathNames.Select(usual => Usual(names, usual)).FirstOrDefault(position => position >= 0, -1);
        return found >= 0 ? found : throw Missing(names, PathNames, "PathProperty", "the file of the image", place, kind);
    }

    /// <summary>The position of the column with the label.</summary>
    /// <inheritdoc cref="Path"/>
    public static int Label(IReadOnlyList<string> names, string? wanted, string place, string kind)
    {
        if (wanted is not null)
        {
            return Wanted(names, wanted, "LabelProperty", place, kind);
        }

        int[] found = [.. LabelNames.Select(usual => Usual(names, usual)).Where(position => position >= 0)];
        return found switch
        {
            [var only] => only,
            [] => throw Missing(names, LabelNames, "LabelProperty", "the label", place, kind),
            [var one, var other, ..] => throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{place}: '{Shown(names[one])}' and '{Shown(names[other])}' may both be the label. "
                + $"Say which with {Option.Name("LabelProperty")}.",
                "LabelProperty"),
        };
    }

    /// <summary>The position of the column with the label's number; -1 if there is none.</summary>
    public static int NumberOf(IReadOnlyList<string> names) => Usual(names, Number);

    private static int Wanted(IReadOnlyList<string> names, string wanted, string parameter, string place, string kind)
    {
        int[] found = [.. Positions(names, name => name.Trim().Equals(wanted.Trim(), StringComparison.OrdinalIgnoreCase))];
        return found switch
        {
            [var only] => only,
            [] => throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{place}: there is no {kind} '{Shown(wanted)}' ({Option.Name(parameter)}). {Nearest.Hint(wanted, names.Select(Shown))} "
                + Found(names, kind),
                wanted),
            _ => throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{place}: more than one {kind} is called '{Shown(wanted)}' ({Option.Name(parameter)}). "
                + $"Rename all but one. {Found(names, kind)}",
                wanted),
        };
    }

    private static int Usual(IReadOnlyList<string> names, string usual) =>
        Positions(names, name => Plain(name).Equals(usual, StringComparison.OrdinalIgnoreCase)).FirstOrDefault(-1);

    private static IEnumerable<int> Positions(IReadOnlyList<string> names, Func<string, bool> fits) =>
        Enumerable.Range(0, names.Count).Where(position => fits(names[position]));

    private static PSTransferException Missing(
        IReadOnlyList<string> names, string[] usual, string parameter, string what, string place, string kind) => new(
        FaultKind.InvalidArgument,
        $"{place}: no {kind} is called {NameList.All(usual, "or")}. "
        + $"Say with {Option.Name(parameter)} which one holds {what}. "
        + Found(names, kind),
        parameter);

    private static string Found(IReadOnlyList<string> names, string kind) => $"Found: {(names.Count == 0 ? $"no {kind}" : List(names))}.";

    private static string List(IReadOnlyList<string> names) =>
        NameList.Some(names.Take(NamesShown).Select(name => $"'{Shown(name)}'"), names.Count);

    private static string Plain(string name) =>
        string.Concat(name.Where(letter => letter is not ('_' or '-') && !char.IsWhiteSpace(letter)));

    private static string Shown(string name) => Printable.Text(name.Trim());
}
