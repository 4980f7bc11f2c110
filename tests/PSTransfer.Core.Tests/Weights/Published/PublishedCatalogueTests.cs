using PSTransfer.Core.Weights.Published;

namespace PSTransfer.Core.Tests.Weights.Published;

public sealed partial class PublishedCatalogueTests
{
    /// <summary>All but the one whose weights come with the module.</summary>
    public static TheoryData<string> Published => [.. BackboneCatalogue.All.Select(spec => spec.Name).Where(name => name != "resnet20")];

    [Theory]
    [MemberData(nameof(Published))]
    public void EveryPublishersBackboneHasItsWeights(string backbone)
    {
        var spec = BackboneCatalogue.Find(backbone);
        var sets = PublishedCatalogue.For(backbone);

        Assert.Equal("imagenet", sets[0].Name);
        Assert.Equal(sets.Select(set => set.Name), spec.Weights);
        Assert.Equal(sets.Count, sets.Select(set => set.Name).Distinct().Count());
        Assert.All(sets, set =>
        {
            Assert.Equal("https", set.Address.Scheme);
            Assert.Equal(spec.Family == BackboneFamily.Keras ? ".h5" : ".pth", Path.GetExtension(set.FileName));
            Assert.True(set.LeastLength < set.MostLength || set.Bytes is not null);
            switch (set.Hash)
            {
                case { Kind: PublishedHashKind.Md5, Hex: var hex }:
                    Assert.Matches(Md5(), hex);
                    break;
                case { Hex: var hex }:
                    Assert.Matches(StartOfSha256(), hex);
                    Assert.EndsWith($"-{hex}.pth", set.FileName, StringComparison.Ordinal);
                    break;
                default:
                    Assert.NotNull(set.Bytes);
                    Assert.StartsWith("keras-mobilenet", backbone, StringComparison.Ordinal);
                    break;
            }
        });
    }

    [Fact]
    public void NoTwoSetsHaveTheSameFile()
    {
        var files = BackboneCatalogue.All.SelectMany(spec => PublishedCatalogue.For(spec.Name)).Select(set => set.FileName).ToList();

        Assert.Equal(files.Distinct(StringComparer.OrdinalIgnoreCase), files);
    }

    [Fact]
    public void WeightsOfTheModuleStayBesideThem() => Assert.Equal(["fashion"], BackboneCatalogue.Find("resnet20").Weights);

    [Fact]
    public void SetsAreFoundWhateverTheCase()
    {
        Assert.Equal("resnet50-11ad3fa6.pth", PublishedCatalogue.Find("ResNet50", "ImageNet-V2")?.FileName);
        Assert.Null(PublishedCatalogue.Find("resnet18", "imagenet-v2"));
        Assert.Null(PublishedCatalogue.Find("resnet20", "imagenet"));
    }

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex Md5();

    [GeneratedRegex("^[0-9a-f]{8}$")]
    private static partial Regex StartOfSha256();
}
