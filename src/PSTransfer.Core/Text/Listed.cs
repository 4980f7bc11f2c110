using System.Collections.ObjectModel;
using System.Globalization;

namespace PSTransfer.Core.Text;

/// <summary>
/// A list for objects that users see. PowerShell can index it, unlike the lists that the compiler makes of collection expressions. It is
/// written as its items, "1; 2; 3", so that a field of a table (Export-Csv) shows the items instead of a type name.
/// </summary>
public sealed class Listed<T>(IEnumerable<T> items) : ReadOnlyCollection<T>([.. items])
{
    /// <summary>The number of items, under the name that arrays use.</summary>
    public int Length => Count;

    /// <inheritdoc/>
    public override string ToString() => string.Join("; ", this.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)));
}
