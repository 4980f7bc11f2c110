using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Sets;

/// <summary>
/// Reports the classes of a published set that have no image in the given file. Their names and numbers are fixed, so they stay.
/// </summary>
internal static class EmptyClasses
{
    private const int NamesShown = 5;

    /// <summary>The warning; none if every class has an image.</summary>
    public static string[] Warnings(string path, SampleChoice choice)
    {
        var present = choice.Labels.ToHashSet();
        var (there, empty) = (Names(choice, present.Contains), Names(choice, label => !present.Contains(label)));
        if (empty.Length == 0)
        {
            return [];
        }

        var remedy = there.Length <= NamesShown
            ? $" To leave the empty ones out: {Option.Set("Class", [.. there.Select(PowerShellQuoting.Argument)])}."
            : "";
        return [$"{path}: {empty.Length} of the {choice.Classes.Length} classes have no image here "
            + $"({NameList.Some(empty.Take(NamesShown).Select(Printable.Text), empty.Length)}) and stay classes.{remedy}"];
    }

    private static string[] Names(SampleChoice choice, Func<int, bool> which) => [.. choice.Classes.Where((_, label) => which(label))];
}
