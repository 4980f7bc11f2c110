using System.Collections.ObjectModel;
using System.Globalization;

namespace PSTransfer.Core.Text;

/// <summary>
/// A list whose text is its items, "1; 2; 3", so that a table's field (Export-Csv) has them rather than the name of a type.
/// </summary>
public sealed class Listed<T>(IEnumerable<T> items) : ReadOnlyCollection<T>([.. items])
{
    /// <summary>The same as Count, by the name that arrays have for it.</summary>
    public int Length => Count;

    /// <inheritdoc/>
    public override string ToString() => string.Join("; ", this.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)));
}
