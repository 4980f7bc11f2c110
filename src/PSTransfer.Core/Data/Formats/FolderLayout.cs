using System.Text.RegularExpressions;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Formats;

/// <summary>
/// Tells a folder of class folders from a folder above it, which holds the parts of a split or what an archive unpacked into.
/// </summary>
internal static partial class FolderLayout
{
    private const int NamesShown = 5;

    /// <summary>Whether a folder's name is that of a part of a split: train, Validation, test_set, val2017.</summary>
    public static bool IsSplit(string name) => SplitName().IsMatch(name);

    /// <summary>Refuses a folder whose subfolders are no classes.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="names">Its subfolders.</param>
    /// <param name="wanted">The classes asked for. A user who names the subfolders knows that they are classes.</param>
    /// <exception cref="PSTransferException">The message names the folders to import instead.</exception>
    public static void RequireClasses(string path, IReadOnlyList<string> names, IReadOnlyList<string>? wanted)
    {
        if (wanted is not null && wanted.All(one => names.Contains(one, StringComparer.OrdinalIgnoreCase)))
        {
            return;
        }

        if (SplitsOf(path, names) is { Length: > 0 } splits)
        {
            throw Refuse(
                path,
                $"its folders are the parts of a split ({Join(names)}) and no classes: {splits[0].Name} holds {Join(splits[0].Classes)}",
                $"Import each: {string.Join(", ", names.Select(name => Command(Path.Combine(path, name))))}. "
                + $"If these are classes after all, name them with {Option.Name("Class")}.");
        }

        if (names.Count == 1 && Inside(Path.Combine(path, names[0])) is { } inner)
        {
            var classes = ClassesIn(inner);
            var imported = SplitsOf(inner, classes) is { Length: > 0 } ? classes.Select(name => Path.Combine(inner, name)) : [inner];
            throw Refuse(
                path,
                "expected one subfolder per class, found a single folder around them: "
                + $"{Printable.Text(Path.GetRelativePath(path, inner))} holds {Join(classes)}",
                $"Give {string.Join(", ", imported.Select(Command))}. "
                + $"If '{Printable.Text(names[0])}' is itself a class, name it with {Option.Name("Class")}.");
        }
    }

    /// <summary>The parts of a split with their class folders; empty unless all folders have names of parts.</summary>
    private static (string Name, IReadOnlyList<string> Classes)[] SplitsOf(string path, IReadOnlyList<string> names) => !names.All(IsSplit)
        ? []
        : [.. names.Select(name => (name, Classes: ClassesIn(Path.Combine(path, name)))).Where(split => split.Classes.Count > 0)];

    /// <summary>The innermost folder around several class folders; null if a folder with pictures comes first.</summary>
    private static string? Inside(string folder)
    {
        while (true)
        {
            var classes = ClassesIn(folder);
            if (classes.Count != 1)
            {
                return classes.Count > 1 ? folder : null;
            }

            folder = Path.Combine(folder, classes[0]);
        }
    }

    /// <summary>The subfolders of a folder; empty if the folder has pictures itself and is thus a class.</summary>
    private static List<string> ClassesIn(string folder)
    {
        List<string> found = [];
        foreach (var entry in FolderListing.Of(folder).Where(entry => entry.Fault is null))
        {
            if (!entry.IsFolder && ImageSignature.IsImageName(entry.Name))
            {
                return [];
            }

            if (entry.IsFolder && !Litter.IsFolder(entry.Name))
            {
                found.Add(entry.Name);
            }
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static PSTransferException Refuse(string path, string what, string remedy) =>
        new(FaultKind.InvalidArgument, $"{path}: {what}. {remedy}", path) { Others = ["Class"] };

    private static string Join(IReadOnlyList<string> names) =>
        NameList.Some(names.Take(NamesShown).Select(Printable.Text), names.Count);

    private static string Command(string folder)
    {
        var parameter = folder.AsSpan().IndexOfAny("[]*?`") >= 0 ? "-LiteralPath " : string.Empty;
        return $"Import-ImageDataset {parameter}{PowerShellQuoting.Quoted(folder)}";
    }

    [GeneratedRegex(
        @"^(train(ing)?|val(id(ation)?)?|test(ing)?|dev|hold[-_ ]?out|eval(uation)?)([-_ ]?(set|data|images|split|[0-9]+))*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SplitName();
}
