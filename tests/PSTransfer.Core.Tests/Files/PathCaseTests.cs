namespace PSTransfer.Core.Tests.Files;

public sealed class PathCaseTests
{
    private static readonly string Root = Path.GetPathRoot(Path.GetTempPath())!;

    [Theory]
    [InlineData("win", true)]
    [InlineData("osx", true)]
    [InlineData("linux", false)]
    public void TheSystemSaysWhetherCaseCounts(string system, bool same)
    {
        string upper = Path.Combine(Root, "Models", "M.safetensors"), lower = Path.Combine(Root, "models", "m.safetensors");

        Assert.Equal(same, PathCase.Same(upper, lower, system));
        Assert.Equal(same ? 1 : 2, new[] { upper, lower }.GroupBy(path => path, PathCase.Comparer(system)).Count());
        Assert.Equal(same, PathCase.IsWithin(upper, Path.Combine(Root, "models"), system));
        Assert.Equal(same, "Experiment.yml".Equals("experiment.yml", PathCase.Comparison(system)));
    }

    [Theory]
    [InlineData("win")]
    [InlineData("osx")]
    [InlineData("linux")]
    public void ASeparatorAtTheEndChangesNothingAndHalfANameIsNoFolder(string system)
    {
        var folder = Path.Combine(Root, "models");

        Assert.True(PathCase.Same(folder, folder + Path.DirectorySeparatorChar, system));
        Assert.True(PathCase.IsWithin(Path.Combine(folder, "a", "b"), folder, system));
        Assert.True(PathCase.IsWithin(folder, folder, system));
        Assert.True(PathCase.IsWithin(folder, Root, system));
        Assert.False(PathCase.IsWithin(folder + "2", folder, system));
        Assert.False(PathCase.IsWithin(folder, Path.Combine(folder, "a"), system));
    }

    [Fact]
    public void ThisSystemIsTheOneMeant()
    {
        Assert.Equal(OperatingSystem.IsLinux(), !PathCase.Same(Path.Combine(Root, "A"), Path.Combine(Root, "a")));
    }
}
