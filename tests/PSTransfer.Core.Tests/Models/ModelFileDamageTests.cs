using System.Text.Json.Nodes;

namespace PSTransfer.Core.Tests.Models;

/// <summary>
/// Whatever is in the file, the answer is a model or a PSTransferException that names the file, and no number in it is believed unchecked.
/// </summary>
public sealed class ModelFileDamageTests : IDisposable
{
    private static readonly Lazy<byte[]> ValidFile = new(MakeValid);

    private readonly TempFolder _folder = new();

    private static byte[] Valid => ValidFile.Value;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheFileItselfIsValid() => Assert.Null(Refusal(Valid));

    [Fact]
    public void AFileCutAtAnyByteIsRefused()
    {
        var path = _folder.File("model", Valid);
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var header = SmallModelFile.HeaderEnd(Valid);
        var cuts = Enumerable.Range(1, 300).Select(i => header + ((Valid.Length - header) * (long)i / 301))
            .Concat([Valid.Length - 1, Valid.Length - 4]).OrderDescending()
            .Concat(Enumerable.Range(0, header + 1).Select(i => (long)(header - i)));
        foreach (var length in cuts)
        {
            file.SetLength(length);
            var error = Assert.Throws<PSTransferException>(() => ModelFile.Load(path));
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("backbone", "\"\"", "")]
    [InlineData("backbone", "\"keras-resnet50\"", "")]
    [InlineData("backbone", "null", "")]
    [InlineData("version", "4", "version 4")]
    [InlineData("version", "1", "")]
    [InlineData("version", "0", "")]
    [InlineData("version", "1.5", "")]
    [InlineData("pixels.height", "1000000000", "")]
    [InlineData("pixels.height", "2147483647", "")]
    [InlineData("pixels.height", "-1", "")]
    [InlineData("pixels.height", "99999999999", "")]
    [InlineData("pixels.width", "7", "")]
    [InlineData("pixels.channels", "0", "")]
    [InlineData("pixels.channels", "1000000000", "")]
    [InlineData("pixels", "{}", "")]
    [InlineData("pixels", "null", "")]
    [InlineData("head.classCount", "-5", "")]
    [InlineData("head.classCount", "0", "")]
    [InlineData("head.classCount", "4", "")]
    [InlineData("head.classCount", "1000000000", "")]
    [InlineData("head.dropout", "7", "")]
    [InlineData("head.dropout", "1", "")]
    [InlineData("head.dropout", "-0.1", "")]
    [InlineData("head.dropout", "\"NaN\"", "")]
    [InlineData("head.hiddenUnits", "[7]", "")]
    [InlineData("head.hiddenUnits", "[5, 7]", "")]
    [InlineData("head.hiddenUnits", "[7, 5, 1]", "")]
    // made first and checked then, it would take terabytes
    [InlineData("head.hiddenUnits", "[1000000000, 2000000000]", "head.dense1.weight of 1000000000×")]
    [InlineData("head.hiddenUnits", "[-7, 5]", "")]
    [InlineData("head.hiddenUnits", "null", "")]
    [InlineData("head.pooling", "\"Average\"", "")]
    [InlineData("head.pooling", "99", "")]
    [InlineData("head.pooling", "\"None\"", "")]
    [InlineData("head.extra", "1", "")]
    [InlineData("pixels.preprocessing", "99", "")]
    [InlineData("pixels.preprocessing", "\"Torch, Caffe\"", "")]
    [InlineData("pixels.preprocessing", "\"mean\"", "")]
    [InlineData("pixels.resize", "99", "")]
    [InlineData("pixels.resize", "\"Stretch, Pad\"", "")]
    [InlineData("pixels.resize", "\"Stretch\"", "filter \"bilinear, antialiased\"")]
    [InlineData("pixels.filter", "\"bicubic\"", "filter \"bicubic\"")]
    [InlineData("pixels.margin", "1.5", "margin 1.5")]
    [InlineData("pixels.orientation", "\"as stored\"", "orientation \"as stored\"")]
    [InlineData("pixels.grey", "\"mean\"", "grey \"mean\"")]
    [InlineData("pixels.alpha", "\"white\"", "alpha \"white\"")]
    [InlineData("pixels.colourSpace", "\"Display P3\"", "colourSpace \"Display P3\"")]
    [InlineData("reference.pictures", "[null]", "3 probabilities")]
    [InlineData("reference.pictures", "null", "")]
    [InlineData("reference.pictures", "[]", "reference answers are empty")]
    [InlineData("classes", "null", "")]
    [InlineData("classes", "[null, \"a\", \"b\"]", "")]
    [InlineData("classes", "[\"a\", \"b\"]", "")]
    [InlineData("classes", "[\"a\", \"b\", \"c\", \"d\"]", "")]
    [InlineData("history", "null", "")]
    [InlineData("history", "[null]", "")]
    [InlineData("history", "[{}]", "")]
    [InlineData("name", "null", "")]
    [InlineData("family", "99", "")]
    [InlineData("graph", "null", "which layers")]
    [InlineData("graph.nodes", "[]", "graph has 0 applications")]
    [InlineData("graph.listed", "[0, 1]", "isn't listed")]
    [InlineData("graph.layers", "[]", "application 0")]
    [InlineData("layers", "null", "")]
    [InlineData("layers", "{}", "conv1")]
    [InlineData("layers.bn1", "null", "bn1")]
    [InlineData("layers.bn1.mode", "99", "")]
    [InlineData("layers.bn1.mode", "-1", "")]
    [InlineData("layers.bn1.mode", "\"Frozen\"", "")]
    [InlineData("layers.bn1.mode", "\"Drifting, LiveBatchNorm\"", "bn1")]
    [InlineData("layers.bn1.estimator", "99", "")]
    [InlineData("layers.bn1.momentum", "5", "bn1")]
    [InlineData("layers.bn1.momentum", "-0.1", "bn1")]
    [InlineData("layers.bn1.momentum", "1e999", "")]
    [InlineData("layers.bn1.epsilon", "0", "bn1")]
    [InlineData("layers.bn1.epsilon", "2", "bn1")]
    [InlineData("extra", "1", "")]
    public void AFieldOutOfRangeIsRefused(string field, string value, string named)
    {
        var bytes = SmallModelFile.WithDescription(Valid, Replace(SmallModelFile.Description(Valid), field, value));

        var error = Refusal(bytes);

        Assert.NotNull(error);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A file of version 2 names a network of the tables and doesn't list its layers.</summary>
    [Fact]
    public void AnOlderFileOfAnUnknownBackboneNamesTheNearest()
    {
        var error = Refusal(SmallModelFile.WithDescription(Valid, description =>
        {
            (description["version"], description["backbone"]) = (2, "resnet21");
            description.Remove("graph");
            description.Remove("family");
        }));

        Assert.Contains("resnet20", error!.Message, StringComparison.Ordinal);
    }

    /// <summary>The description is checked against the file before memory is allocated.</summary>
    [Fact]
    public void LayersOfMoreNumbersThanTheFileHasAreRefused()
    {
        var error = Refusal(SmallModelFile.WithDescription(
            Valid, description => description["graph"]!["layers"]![0]!["outputs"] = 1_000_000));

        Assert.Contains("conv1' would have more numbers than there are", error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version")]
    [InlineData("name")]
    [InlineData("backbone")]
    [InlineData("pixels")]
    [InlineData("pixelsAreFixed")]
    [InlineData("head")]
    [InlineData("classes")]
    [InlineData("layers")]
    [InlineData("history")]
    [InlineData("family")]
    [InlineData("graph")]
    public void AMissingFieldIsRefused(string field) =>
        Assert.NotNull(Refusal(SmallModelFile.WithDescription(Valid, description => Assert.True(description.Remove(field)))));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":{\"version\":{}}}")]
    public void ADescriptionOfAnotherFormIsRefused(string text) => Assert.NotNull(Refusal(SmallModelFile.WithDescription(Valid, text)));

    [Fact]
    public void ADeepDescriptionIsRefused() =>
        Assert.NotNull(Refusal(SmallModelFile.WithDescription(Valid, string.Concat(Enumerable.Repeat("{\"head\":", 50_000)))));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void MutatedDescriptionsAreAnswered(int seed)
    {
        var random = new Random(seed);
        var description = SmallModelFile.Description(Valid);
        var refused = Enumerable.Range(0, 500)
            .Count(_ => Refusal(SmallModelFile.WithDescription(Valid, Mutate(description, random))) is not null);
        Assert.InRange(refused, 200, 499);
    }

    [Fact]
    public void MutatedBytesAreAnswered()
    {
        var random = new Random(3);
        var header = SmallModelFile.HeaderEnd(Valid);
        var refused = 0;
        for (var i = 0; i < 1500; i++)
        {
            byte[] bytes = [.. Valid];
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(header);
                bytes[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"0123456789{}[]\",:\\"[random.Next(18)];
            }

            refused += Refusal(bytes) is null ? 0 : 1;
        }

        Assert.InRange(refused, 1000, 1499);
    }

    private static byte[] MakeValid()
    {
        using var folder = new TempFolder();
        using var network = SmallModelFile.Network();
        var path = Path.Combine(folder.Path, "model");
        ModelFile.Save(network, path, overwrite: false);
        return File.ReadAllBytes(path);
    }

    /// <summary>Loads the bytes; null when a model came of them, and any exception but the documented one fails the test.</summary>
    private PSTransferException? Refusal(byte[] bytes)
    {
        var path = _folder.File("model", bytes);
        try
        {
            ModelFile.Load(path).Dispose();
            return null;
        }
        catch (PSTransferException error)
        {
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            return error;
        }
    }

    /// <summary>Replaces a field by raw text, which a JSON writer could not always write.</summary>
    private static string Replace(string json, string field, string value)
    {
        var description = JsonNode.Parse(json)!.AsObject();
        var parts = field.Split('.');
        var parent = parts[..^1].Aggregate((JsonNode)description, (node, part) => node[part]!);
        parent[parts[^1]] = "REPLACED HERE";
        return description.ToJsonString().Replace("\"REPLACED HERE\"", value, StringComparison.Ordinal);
    }

    private static string Mutate(string text, Random random)
    {
        string[] fragments = ["null", "-1", "99", "1e999", "\"\"", "{}", "[]", ",", "9999999999", "true", "\"Legacy\"", "0"];
        var json = text;
        for (var change = random.Next(1, 3); change > 0; change--)
        {
            var at = random.Next(json.Length);
            var end = json.IndexOfAny([',', '}', ']'], at);
            json = random.Next(3) switch
            {
                0 => json.Remove(at, Math.Min(random.Next(1, 20), json.Length - at)),
                1 when end > at =>
                    json[..(json.LastIndexOfAny([':', ',', '[', '{'], at) + 1)] + fragments[random.Next(fragments.Length)] + json[end..],
                _ => json.Insert(at, fragments[random.Next(fragments.Length)]),
            };
        }

        return json;
    }
}
