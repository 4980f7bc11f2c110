using System.Collections.ObjectModel;
using System.Globalization;

namespace PSTransfer.Core.Text;

/// <summary>
/// A list that is written as its items, "1; 2; 3". A field of a table (Export-Csv) then shows the items instead of a type name.
/// </summary>
public sealed class Listed<T>(IEnumerable<T> items) : ReadOnlyCollection<T>([.. items])
{
    /// <summary>The number of items, under the name that arrays use.</summary>
    public int Length => Count;

    /// <inheritdoc/>
    public override string ToString() => string.Join("; ", this.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)));
}
