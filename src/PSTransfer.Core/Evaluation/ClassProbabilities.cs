using System.Collections.ObjectModel;
using System.Globalization;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Evaluation;

/// <summary>
/// Class names and their probabilities, 0 to 1, in an order of their own. As text it fits into one field of a table: "dog=0.9812;
/// cat=0.0188".
/// </summary>
public sealed class ClassProbabilities : ReadOnlyDictionary<string, double>
{
    internal ClassProbabilities(IEnumerable<KeyValuePair<string, double>> probabilities)
        : base(new OrderedDictionary<string, double>(probabilities))
    {
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join("; ", this.Select(p => string.Create(CultureInfo.InvariantCulture, $"{Printable.Line(p.Key)}={p.Value:0.0000}")));
}
