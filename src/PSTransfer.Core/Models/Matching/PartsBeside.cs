using PSTransfer.Core.Text;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Finds convolutions of a weight file that were left aside and aren't known. A dense layer lies on top of a backbone. A convolution may
/// have been inside the backbone (attention, a changed stem), and the loaded backbone then computes other features.
/// </summary>
internal static class PartsBeside
{
    // Convolutions that networks of this kind may have on top or at the side.
    private static readonly string[] KnownHeads = ["conv_preds/", "AuxLogits."];

    /// <summary>The warning; null if no unknown convolution was left aside.</summary>
    public static string? Warning(WeightMatch match)
    {
        var prefix = match.Set == WeightMatch.NoPrefix || match.Sources.Values.FirstOrDefault() is KerasTensor
            ? string.Empty
            : $"{match.Set}.";
        var ours = match.Sources.Values.Select(tensor => tensor.Name[prefix.Length..]).ToHashSet();
        List<string> kernels =
        [
            .. match.Skipped
                .Where(tensor => tensor.Shape.Count > 2 && tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(tensor => tensor.Name[prefix.Length..])
                .Where(name => !KnownHeads.Any(head => name.StartsWith(head, StringComparison.Ordinal)) && !IsOfAnotherSet(name, ours))
                .Select(name => Printable.Text(prefix + name)),
        ];
        return kernels.Count == 0
            ? null
            : $"the file has convolutions that the backbone hasn't ({LoadReport.Some(kernels)}); "
                + "they were left aside as another part of a larger network. "
                + "If they belong inside the backbone, it computes other features than the network of the file.";
    }

    /// <summary>Whether the name is one of ours behind a prefix; sets have prefixes of a few parts.</summary>
    private static bool IsOfAnotherSet(string name, HashSet<string> ours)
    {
        for (var (part, rest) = (0, name); part < 8; part++)
        {
            if (ours.Contains(rest))
            {
                return true;
            }

            rest = rest[(rest.IndexOf('.', StringComparison.Ordinal) + 1)..];
        }

        return false;
    }
}
