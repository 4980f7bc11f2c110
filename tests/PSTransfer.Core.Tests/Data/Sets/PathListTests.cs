namespace PSTransfer.Core.Tests.Data.Sets;

public class PathListTests
{
    /// <summary>
    /// Of one, two and three bytes, beyond U+FFFF, what .NET makes of bytes that aren't UTF-8, and half of a surrogate pair.
    /// </summary>
    private static readonly string[] Names =
    [
        "a.png", "é.png", "犬.png", "😀.png", "\uFFFD.png", "\uD83D.png", "\uFFEE.png", "a", "\u007F\u0080\u07FF\u0800", "z", "A.png",
        "a.PNG"
    ];

    [Fact]
    public void PathsComeBackAsTheyWereInTheOrderTheyWereAdded()
    {
        string[] folders = ["/data/cat/", "/data/cat/2/", "/data/cat/", "/data/dög/", "/", "relative//", ""];
        string[] paths = [.. folders
            .SelectMany(folder => Names.Select(name => folder + name))
            .Select(path => path.Replace('/', Path.DirectorySeparatorChar))];
        PathList list = [.. paths];
        Assert.Equal(paths.Length, list.Count);
        Assert.Equal(paths, list);
        Assert.Equal(paths, paths.Select((_, i) => list[i]));
    }

    [Fact]
    public void TheLastFolderIsSortedAsOrdinalStringsAre()
    {
        PathList list = [.. Paths("b", "z", "y"), .. Paths("a", Names)];
        list.SortLastFolder();
        Assert.Equal([.. Paths("b", "z", "y"), .. Paths("a", Names).Order(StringComparer.Ordinal)], list);
        PathList none = [];
        none.SortLastFolder();
        Assert.Empty(none);
    }

    [Fact]
    public void ThereIsRoomForManyNamesAndForLongOnes()
    {
        string[] paths =
        [
            .. Enumerable.Range(0, 5000).SelectMany(i => Paths($"{i / 999}", $"{i}.jpg", new string('犬', i % 97))),
            .. Paths("last", new string('犬', 30_000), "z")
        ];
        PathList list = [.. paths];
        Assert.Equal(paths, list);
    }

    private static IEnumerable<string> Paths(string folder, params string[] names) => names.Select(name => Path.Join(folder, name));
}
