namespace PSTransfer.Core.Text;

/// <summary>Makes names unique: the second "conv" becomes "conv_2".</summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> _taken = [];
    private readonly Dictionary<string, int> _last = [];

    /// <summary>Returns a name that wasn't returned before: the given one, or the given one with a number.</summary>
    public string Of(string name)
    {
        if (_taken.Add(name))
        {
            return name;
        }

        // From the last number on, so that a thousand equal names don't take a million looks.
        for (var number = _last.GetValueOrDefault(name, 1) + 1; ; number++)
        {
            if (_taken.Add($"{name}_{number}"))
            {
                _last[name] = number;
                return $"{name}_{number}";
            }
        }
    }
}
