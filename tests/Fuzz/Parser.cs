namespace PSTransfer.Fuzz;

/// <summary>What reads files that somebody else made.</summary>
/// <param name="Name">As the command calls it.</param>
/// <param name="Samples">Makes the valid inputs, of every kind that takes another way through the parser.</param>
/// <param name="Reader">Makes what opens a path and reads all that is there; called once, so that it may keep a network.</param>
internal sealed record Parser(string Name, Func<IReadOnlyList<Sample>> Samples, Func<Action<string>> Reader);
