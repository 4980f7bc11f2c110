using PSTransfer.Core.Networks.Description;

namespace PSTransfer.Core.Tests.Networks.Description;

/// <summary>A network written and built again is the same network.</summary>
public sealed class GraphTextTests
{
    public static TheoryData<string> Cases() => [.. BackboneCatalogue.All.Select(spec => spec.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void EachBackboneComesBackLayerForLayer(string name)
    {
        var spec = BackboneCatalogue.Find(name);
        using var original = spec.Build(new ImageShape(spec.MinimumImageSize, spec.MinimumImageSize + 3, 3));
        var text = JsonSerializer.Serialize(GraphText.Of(original), ModelFile.Json);

        using var copy = Build(text, original.InputShape);

        Assert.Equal(text, JsonSerializer.Serialize(GraphText.Of(copy), ModelFile.Json));
        Assert.Equal(original.Nodes.Select(node => node.OutputShape), copy.Nodes.Select(node => node.OutputShape));
        Assert.Equal(
            original.Layers.SelectMany(layer => layer.State).Select(tensor => $"{tensor.Key} {string.Join('×', tensor.Value.shape)}"),
            copy.Layers.SelectMany(layer => layer.State).Select(tensor => $"{tensor.Key} {string.Join('×', tensor.Value.shape)}"));
    }

    /// <summary>Every kind of layer has a form: one without would only be missed when a model with it is saved.</summary>
    [Fact]
    public void EachKindOfLayerHasAForm()
    {
        var kinds = typeof(Layer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract);
        Assert.Equal([nameof(FoldedConv)], kinds.Where(kind => !LayerForms.Knows(kind)).Select(kind => kind.Name));
    }

    [Theory]
    [InlineData("""{"layers":[{"kind":"Relu","name":"a"}],"nodes":[],"listed":[0]}""", "0 applications")]
    [InlineData("""{"layers":[{"kind":"Relu","name":"a"}],"nodes":[[0,0]],"listed":[0]}""", "application 0")]
    [InlineData("""{"layers":[{"kind":"Relu","name":"a"}],"nodes":[[1,-1]],"listed":[0]}""", "application 0")]
    [InlineData("""{"layers":[{"kind":"Relu","name":"a"}],"nodes":[[0]],"listed":[0]}""", "application 0")]
    [InlineData("""{"layers":[{"kind":"Relu","name":"a"}],"nodes":[[0,-1]],"listed":[0,0]}""", "a list of layers")]
    [InlineData("""{"layers":[{"kind":"Relu","name":"a"}],"nodes":[[0,-1]],"listed":[7]}""", "a list of layers")]
    [InlineData("""{"layers":[{"kind":"Process","name":"a"}],"nodes":[[0,-1]],"listed":[0]}""", "of a kind")]
    [InlineData("""{"layers":[{"kind":"FoldedConv","name":"a"}],"nodes":[[0,-1]],"listed":[0]}""", "of a kind")]
    [InlineData("""{"layers":[{"kind":"BatchNorm","name":"a"}],"nodes":[[0,-1]],"listed":[]}""", "isn't listed")]
    [InlineData("""{"layers":[{"kind":"Add","name":"a","factors":[1]}],"nodes":[[0,-1]],"listed":[0]}""", "at least 2 inputs")]
    [InlineData("""{"layers":[{"kind":"Dense","name":"a","outputs":0}],"nodes":[[0,-1]],"listed":[0]}""", "outputs from 1")]
    [InlineData("""{"layers":[{"kind":"Dense","name":"a","outputs":1000000}],"nodes":[[0,-1]],"listed":[0]}""", "more numbers")]
    [InlineData("""{"layers":[{"kind":"Dropout","name":"a","rate":1}],"nodes":[[0,-1]],"listed":[0]}""", "rate of 1")]
    [InlineData("""{"layers":[{"kind":"ZeroPadding","name":"a","padding":[1,1,1]}],"nodes":[[0,-1]],"listed":[0]}""", "four sides")]
    [InlineData(
        """
        {"layers":[{"kind":"MaxPool","name":"a","window":{"height":9,"width":1,"stride":1}}],
         "nodes":[[0,-1]],"listed":[0]}
        """, "an output of")]
    [InlineData(
        """
        {"layers":[{"kind":"MaxPool","name":"a","window":{"height":0,"width":1,"stride":1}}],
         "nodes":[[0,-1]],"listed":[0]}
        """, "impossible window")]
    [InlineData(
        """
        {"layers":[{"kind":"Conv","name":"a","outputs":4,"groups":3,"window":{"height":1,"width":1,"stride":1}}],
         "nodes":[[0,-1]],"listed":[0]}
        """,
        "groups")]
    [InlineData(
        """
        {"layers":[{"kind":"Flatten","name":"a"},{"kind":"MaxPool","name":"b","window":{"height":1,"width":1,"stride":1}}],
         "nodes":[[0,-1],[1,0]],"listed":[0,1]}
        """,
        "takes a map")]
    public void AnImpossibleGraphIsRefusedWithItsPlace(string text, string expected)
    {
        var error = Assert.Throws<PSTransferException>(() => Build(text, new FeatureShape(3, 8, 8), numbers: 10_000));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static Graph Build(string text, FeatureShape shape, long numbers = long.MaxValue)
    {
        var builder = new GraphBuilder(shape);
        return builder.Build(JsonSerializer.Deserialize<GraphText>(text, ModelFile.Json)!.WriteTo(builder, numbers));
    }
}
