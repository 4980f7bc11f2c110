using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Tables;

/// <summary>Counts the cases that a message is about and keeps the first few, so that messages about long tables stay short.</summary>
internal sealed class Examples
{
    private const int Shown = 5;
    private readonly List<string> _first = [];

    public int Count { get; private set; }

    public void Add(string example)
    {
        if (Count++ < Shown)
        {
            _first.Add(example);
        }
    }

    /// <summary>The first cases, and how many more there are.</summary>
    public override string ToString() => NameList.Some(_first, Count);
}
