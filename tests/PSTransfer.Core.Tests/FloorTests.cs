namespace PSTransfer.Core.Tests;

/// <summary>Holds the order of Core's folders: each uses only what lies below it. CONTRIBUTING draws it.</summary>
public sealed partial class FloorTests
{
    /// <summary>From the ground up; folders of one floor don't know each other. The dot is Core's own folder.</summary>
    private static readonly string[][] Floors =
    [
        ["Text"], ["."], ["Files"], ["Downloads"], ["Native"], ["Networks", "Weights"], ["Backbones", "Data"],
        ["Models"], ["Evaluation"], ["Training"], ["Diagnosis"], ["Reports"], ["Experiments"],
    ];

    private static readonly string Core = Path.Combine(Repository.Root, "src", "PSTransfer.Core");

    [Fact]
    public void EachFolderUsesOnlyWhatLiesBelowIt()
    {
        var sources = Directory.EnumerateFiles(Core, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Core, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("obj/", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(Floors.SelectMany(floor => floor).Order(), sources.Select(FolderOf).Distinct().Order());

        var upward = from path in sources
                     from Match used in Use().Matches(File.ReadAllText(Path.Combine(Core, path)))
                     let folder = FolderOf(path)
                     let other = used.Groups["folder"].Value
                     where other != folder && FloorOf(other) >= FloorOf(folder)
                     select $"{path}: {used.Value}";
        Assert.Empty(upward);
    }

    [Fact]
    public void LinesOfSourceHaveAtMost140Columns()
    {
        var wide = from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                      where !path.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal)
                      from line in File.ReadLines(path).Index()
                      where line.Item.Length > 140
                      select $"{path}({line.Index + 1})";
        Assert.Empty(wide);
    }

    private static string FolderOf(string path) => path.Split('/') is [var folder, _, ..] ? folder : ".";

    private static int FloorOf(string folder) => Array.FindIndex(Floors, floor => floor.Contains(folder));

    /// <summary>A folder's namespace: in a using line, or as the beginning of a name.</summary>
    [GeneratedRegex(@"PSTransfer\.Core\.(?<folder>\w+)")]
    private static partial Regex Use();
}
