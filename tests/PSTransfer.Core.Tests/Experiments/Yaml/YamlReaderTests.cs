using PSTransfer.Core.Experiments.Yaml;
using PSTransfer.Fuzz;

namespace PSTransfer.Core.Tests.Experiments.Yaml;

public sealed class YamlReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NodesKnowWhereTheyStand()
    {
        var (root, errors) = Read("# a comment\na:\n  b: [1, x]\n");
        Assert.Empty(errors);
        var b = Assert.IsType<YamlMap>(Assert.IsType<YamlMap>(root).Find("a")!.Value).Find("b")!;
        Assert.Equal((3, 3), (b.Place.Line, b.Place.Column));
        var items = Assert.IsType<YamlList>(b.Value).Items;
        Assert.Equal((3, 10), (items[1].Place.Line, items[1].Place.Column));
    }

    [Theory]
    [InlineData("a: 1", true, 1, 1.0, null)]
    [InlineData("a: -2.5e3", true, null, -2500.0, null)]
    [InlineData("a: '1'", false, null, null, null)]
    [InlineData("a: true", true, null, null, true)]
    [InlineData("a: 'true'", false, null, null, null)]
    [InlineData("a: yes", true, null, null, null)]
    [InlineData("a: .inf", true, null, null, null)]
    [InlineData("a: 3000000000", true, null, 3e9, null)]
    public void ScalarsAreWhatTheyLookLike(string text, bool plain, int? whole, double? number, bool? value)
    {
        var scalar = Assert.IsType<YamlScalar>(Assert.IsType<YamlMap>(Read(text).Root).Find("a")!.Value);
        Assert.Equal((plain, whole, number, value), (scalar.IsPlain, scalar.Whole, scalar.Number, scalar.Switch));
    }

    [Theory]
    [InlineData("a:", true)]
    [InlineData("a: ~", true)]
    [InlineData("a: null", true)]
    [InlineData("a: ''", false)]
    [InlineData("a: 'null'", false)]
    public void NothingIsOnlyWhatStandsWithoutQuotes(string text, bool isNull) =>
        Assert.Equal(isNull, Assert.IsType<YamlScalar>(Assert.IsType<YamlMap>(Read(text).Root).Find("a")!.Value).IsNull);

    [Fact]
    public void AnAliasIsTheNodeOfItsAnchor()
    {
        var (root, errors) = Read("a: &x [1, 2]\nb: *x\n");
        Assert.Empty(errors);
        Assert.Same(((YamlMap)root!).Find("a")!.Value, ((YamlMap)root).Find("b")!.Value);
    }

    [Fact]
    public void ABillionLaughsAreCountedNotBuilt()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 10; i++)
        {
            text.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        var (root, errors) = Read(text.ToString());
        Assert.Null(root);
        Assert.Contains("20000 values", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: &x [*x]", 1, 8, "*x stands for nothing")]
    [InlineData("a: *b", 1, 4, "*b")]
    [InlineData("a: 1\nb: 2\na: 3", 3, 1, "given twice, in line 1 first")]
    [InlineData("a: !!python/object:os.system x", 1, 4, "the tag")]
    [InlineData("a: !Type {b: 1}", 1, 4, "the tag !Type")]
    [InlineData("? [a, b]\n: 1", 1, 3, "expected a name as key")]
    [InlineData("a: 1\n---\nb: 2", 2, 1, "expected one document")]
    [InlineData("a: [1, 2", 2, 1, "isn't YAML")]
    [InlineData("a: 1\n b: 2", 2, 3, "isn't YAML")]
    [InlineData("a: 1\nb: 2\nc: 3\nd:\n\te: 5\n", 5, 1, "this isn't YAML: a tab indents this line; indent by spaces.")]
    [InlineData("a:\n  b: 1\n\tc: 2\n", 3, 1, "a tab indents this line")]
    [InlineData("a:\r\n  b: 1\r\n  \tc: 2\r\n", 3, 3, "a tab indents this line")]
    [InlineData("a: 1\n# c\n\t# comment\nb: 1\n", 3, 1, "a tab indents this line")]
    [InlineData("a: [1,\n\t2]\nb: 3\nc:\n\td: 4\n", 5, 1, "a tab indents this line")]
    public void WhatIsNotTakenIsToldWithItsPlace(string text, int line, int column, string message)
    {
        var error = Assert.Single(Read(text).Errors);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Fact]
    public void DepthIsBounded()
    {
        var (root, errors) = Read($"a: {new string('[', 10_000)}");
        Assert.Null(root);
        Assert.Contains("24 deep", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileLargerThanAMebibyteIsRefused()
    {
        File.WriteAllText(_folder.File("big.yml"), $"a: {new string('x', 1 << 20)}");
        var errors = new ExperimentErrors();
        Assert.Null(YamlReader.ReadFile(_folder.File("big.yml"), errors));
        Assert.Contains("1024 KiB", Assert.Single(errors.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsNoTextIsRefused()
    {
        File.WriteAllBytes(_folder.File("latin.yml"), [(byte)'a', (byte)':', (byte)' ', 0xE4]);
        var errors = new ExperimentErrors();
        Assert.Null(YamlReader.ReadFile(_folder.File("latin.yml"), errors));
        Assert.Contains("UTF-8", Assert.Single(errors.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileAndAFolderAreNamed()
    {
        Assert.Equal(FaultKind.NotFound, Assert.Throws<PSTransferException>(() => YamlReader.ReadFile(_folder.File("no.yml"), new())).Kind);
        Assert.Contains(
            "found a folder",
            Assert.Throws<PSTransferException>(() => YamlReader.ReadFile(_folder.Path, new())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedTextIsAnsweredWithoutAnyOtherException()
    {
        var valid = Encoding.UTF8.GetBytes(ExperimentTemplate.Text("x.json"));
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            File.WriteAllBytes(_folder.File("damaged.yml"), Mutation.Of(valid, random));
            _ = Experiment.Load(_folder.File("damaged.yml"), []).Errors.Count;
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("true")]
    [InlineData("1.5")]
    [InlineData("~")]
    [InlineData("a: b # c")]
    [InlineData("quote \" and \\ back")]
    [InlineData("new\nline\ttab")]
    [InlineData("räksmörgås 🦐 \u2028")]
    [InlineData("- x")]
    [InlineData("*x")]
    [InlineData("{run}")]
    public void TextThatWasWrittenIsReadAgain(string text)
    {
        var node = new YamlMap(
            [new YamlEntry("a", default, new YamlList([new YamlScalar(text, IsPlain: false, default)], default))], default);
        var (root, errors) = Read(YamlText.Of(node));
        Assert.Empty(errors);
        var scalar = Assert.IsType<YamlScalar>(Assert.IsType<YamlList>(Assert.IsType<YamlMap>(root).Find("a")!.Value).Items[0]);
        Assert.Equal(text, scalar.Text);
        Assert.True(scalar is { IsNull: false, Number: null, Switch: null });
    }

    private static (YamlNode? Root, IReadOnlyList<ExperimentError> Errors) Read(string text)
    {
        var errors = new ExperimentErrors();
        return (YamlReader.Read("x.yml", text, errors, isFile: true), errors.All);
    }
}
