using System.Globalization;
using PSTransfer.Core.Weights.Hdf5;

namespace PSTransfer.Core.Weights.KerasH5;

/// <summary>
/// The variables of Keras 3's .weights.h5. The file is a tree of groups, each with a group vars that holds the variables by number.
/// Variables that learn come before the others (a BatchNorm: gamma, beta, mean, variance). The groups below layers are named for the
/// layers' classes and counted (conv2d, conv2d_1), not for the layers. Newer versions add the layer's own name as an attribute of vars.
/// Layout: keras/src/saving/saving_lib.py.
/// </summary>
internal static class Keras3Variables
{
    private const string Variables = "vars";

    // Keras nests models in models, and layers in wrappers.
    private const int MaxDepth = 64;

    // The cost of one letter of a group's path. The letter is also in the names of all variables below the group.
    private const int PathCost = 8;

    /// <summary>
    /// Every variable except the optimiser's: its layer (the attribute, else the group's name), full name, number and data.
    /// </summary>
    public static IEnumerable<(string Layer, string Name, int? Index, Hdf5Dataset Data)> In(Hdf5File file)
    {
        // A group that contains itself is entered once.
        var seen = new HashSet<Hdf5Object> { file.Root };
        return InGroup(file, file.Root, string.Empty, seen);
    }

    private static IEnumerable<(string Layer, string Name, int? Index, Hdf5Dataset Data)> InGroup(
        Hdf5File file, Hdf5Object group, string path, HashSet<Hdf5Object> seen)
    {
        if (path.Count(letter => letter == '/') > MaxDepth)
        {
            throw file.Bytes.Damaged($"its groups lie in each other {MaxDepth} deep");
        }

        var names = group.Names.OrderBy(name => name != Variables).ThenBy(Stem, StringComparer.Ordinal).ThenBy(name => Number(name) ?? 0);
        foreach (var name in names)
        {
            // Keras 2 on Windows wrote a single group whose name is the whole path.
            var inner = path.Length == 0 ? name.Replace('\\', '/') : $"{path}/{name}";
            file.Bytes.Charge((long)inner.Length * PathCost);
            if (inner is "optimizer" || group.Find(name) is not { IsGroup: true } found || !seen.Add(found))
            {
                continue;
            }

            foreach (var variable in name == Variables ? InVariables(found, path) : InGroup(file, found, inner, seen))
            {
                yield return variable;
            }
        }
    }

    private static IEnumerable<(string Layer, string Name, int? Index, Hdf5Dataset Data)> InVariables(Hdf5Object variables, string path)
    {
        var layer = variables.Strings("name") is [var name, ..] ? name : path[(path.LastIndexOf('/') + 1)..];
        foreach (var number in variables.Names.OrderBy(Whole).ThenBy(name => name, StringComparer.Ordinal))
        {
            if (variables.Find(number) is { IsDataset: true } data)
            {
                yield return (layer, $"{path}/{Variables}/{number}".TrimStart('/'), Whole(number), data.Dataset());
            }
        }
    }

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // conv2d_10 must come after conv2d_9, but HDF5 sorts by letters.
    private static int? Number(string name) => name.LastIndexOf('_') is > 0 and var at ? Whole(name[(at + 1)..]) : null;

    private static string Stem(string name) => Number(name) is null ? name : name[..name.LastIndexOf('_')];
}
