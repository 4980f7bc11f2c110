using System.Globalization;

namespace PSTransfer.Core.Models.Matching;

/// <summary>
/// Tells a backbone's tensors from those of other parts, on top or beside it, by the first part of a name. layer3 and layer4 are of one
/// kind: a tensor with such a name that the backbone lacks means another network. last_linear and decoder are of no kind of a ResNet's, so
/// they belong to another part of a larger network.
/// </summary>
internal sealed class NameKind
{
    private readonly HashSet<string> _kinds;
    private readonly int _last;

    /// <param name="names">The names of the backbone's tensors or layers.</param>
    public NameKind(IEnumerable<string> names)
    {
        var firsts = names.Select(First).ToHashSet();
        _kinds = [.. firsts.Select(WithoutDigits)];
        _last = firsts.Select(Number).Max() ?? -1;
    }

    /// <summary>
    /// Whether the backbone itself could have a tensor of such a name. A plain number beyond the backbone's last one means a layer on top.
    /// </summary>
    public bool IsOfBackbone(string name) => First(name) is var first && _kinds.Contains(WithoutDigits(first)) && !(Number(first) > _last);

    private static string First(string name) => name.Split('.', 2)[0];

    private static string WithoutDigits(string part) => string.Concat(part.Where(letter => !char.IsAsciiDigit(letter)));

    private static int? Number(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
