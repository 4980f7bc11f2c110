namespace PSTransfer.Core.Tests.Models;

/// <summary>A model's tensors as bytes: equality here is equality to the last bit, minus zero and NaN included.</summary>
internal static class Bits
{
    public static Dictionary<string, byte[]> Of(TransferNetwork network) => Of(network.State);

    public static Dictionary<string, byte[]> Of(IEnumerable<KeyValuePair<string, torch.Tensor>> tensors) =>
        tensors.ToDictionary(pair => pair.Key, pair => pair.Value.bytes.ToArray());

    /// <summary>Names of the tensors that only one side has, or that differ in a bit.</summary>
    public static IReadOnlyList<string> Differences(Dictionary<string, byte[]> before, Dictionary<string, byte[]> after) =>
        [.. before.Keys
            .Union(after.Keys)
            .Where(name => !before.TryGetValue(name, out var a) || !after.TryGetValue(name, out var b) || !a.SequenceEqual(b))];

    public static void AssertEqual(Dictionary<string, byte[]> expected, Dictionary<string, byte[]> actual)
    {
        Assert.NotEmpty(expected);
        Assert.Empty(Differences(expected, actual));
    }
}
