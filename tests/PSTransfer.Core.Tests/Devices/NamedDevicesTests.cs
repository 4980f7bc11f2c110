using System.Reflection;

namespace PSTransfer.Core.Tests.Devices;

/// <summary>
/// Each call in Core's source that makes a tensor or a generator names its device, host buffers (device: CPU) included: a call that leaves
/// it out makes a tensor of the host, which works on every machine without a GPU and on no other.
/// </summary>
public sealed partial class NamedDevicesTests
{
    /// <summary>All that torch can make on a device: what has a parameter for it.</summary>
    private static readonly string[] _makers = [.. typeof(torch).GetMethods(BindingFlags.Public | BindingFlags.Static)
        .Where(method =>
            method.ReturnType == typeof(torch.Tensor)
                && method.GetParameters().Any(parameter => parameter.ParameterType == typeof(torch.Device)))
        .Select(method => method.Name).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Calls without a device, each with the reason why it may be so.</summary>
    private static readonly Dictionary<string, string> _exceptions = new()
    {
        [
            "Training/Optimisation/UpdateRule.cs: torch.zeros_like(parameter, requires_grad: false)"] = "is made where the parameter "
                + "is, which is the point",
        ["Networks/Layers/BatchNorm.cs: zeros_like(MovingMean)"] = "is made where the layer's statistics are",
        ["Networks/Layers/BatchNorm.cs: ones_like(MovingVariance)"] = "is made where the layer's statistics are",
        ["Networks/Layers/Dropout.cs: full_like(x, share, requires_grad: false)"] = "is made where the input is",
    };

    [Fact]
    public void EachCallThatMakesATensorNamesItsDevice()
    {
        var root = Path.Combine(Repository.Root, "src", "PSTransfer.Core");
        var files = Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(root, file).StartsWith("obj", StringComparison.Ordinal)).ToList();
        var without = files
            .SelectMany(file =>
                Without(File.ReadAllText(file)).Select(call => $"{Path.GetRelativePath(root, file).Replace('\\', '/')}: {call}"))
            .ToList();

        Assert.InRange(files.Count, 100, int.MaxValue);
        Assert.Equal(_exceptions.Keys.Order(StringComparer.Ordinal), without.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheMakersAreThoseThatPeopleUse() => Assert.Subset(
        _makers.ToHashSet(),
        new HashSet<string>
        {
            "zeros", "ones", "full", "empty", "arange", "linspace", "eye", "tensor", "rand", "randn", "randint", "randperm", "from_array",
            "zeros_like", "ones_like", "full_like", "empty_like"
        });

    [Theory]
    [InlineData("var x = zeros(3);", "zeros(3)")]
    [InlineData("var x = torch.ones(2, 3).mul(y);", "torch.ones(2, 3)")]
    [InlineData("var x = TorchSharp.torch.tensor(Values(1, (2, 3)));", "TorchSharp.torch.tensor(Values(1, (2, 3)))")]
    [InlineData("var x = torch.full(2,\n    3);", "torch.full(2, 3)")]
    [InlineData("var x = tensor(zeros(3), device: CPU);", "zeros(3)")]
    [InlineData("var x = tensor(Of(zeros(3, device: CPU)));", "tensor(Of(zeros(3, device: CPU)))")]
    [InlineData("using var r = new torch.Generator(7);", "new torch.Generator(7)")]
    [InlineData("var x = values.ToTensor([2, 3]);", "values.ToTensor([2, 3])")]
    public void ACallWithoutADeviceIsFound(string source, string expected) => Assert.Equal([expected], Without(source));

    [Theory]
    [InlineData("var x = zeros(3, device: CPU);")]
    [InlineData("var x = tensor(Values(1, (2, 3)), dtype: float32, device: y.device);")]
    [InlineData("// zeros(3) is on the host")]
    [InlineData("/// <summary>torch.zeros(3)</summary>")]
    [InlineData("var text = \"torch.zeros(3)\";")]
    [InlineData("var x = y.full(3);")]
    [InlineData("foreach (var (name, tensor) in State) { }")]
    [InlineData("using var r = new torch.Generator(7, torch.CPU);")]
    [InlineData("Files.empty(3);")]
    public void OtherTextIsNone(string source) => Assert.Empty(Without(source));

    private static IEnumerable<string> Without(string source)
    {
        var code = TextAndComments().Replace(source, match => match.Value[0] == '/' ? string.Empty : "\"\"");
        foreach (Match match in Maker().Matches(code))
        {
            var name = match.Groups["name"].Value;
            var arguments = Arguments(code, match.Index + match.Length);
            var names = name switch
            {
                "Generator" => Outermost(arguments).Contains(',', StringComparison.Ordinal),
                "ToTensor" => false,
                _ => Outermost(arguments).Contains("device:", StringComparison.Ordinal),
            };
            if (!names && (name is "Generator" or "ToTensor" || _makers.Contains(name)))
            {
                yield return Blanks().Replace($"{match.Value}{arguments})", " ");
            }
        }
    }

    /// <summary>Arguments without those of calls within them: a device that is named there is another tensor's.</summary>
    private static string Outermost(string arguments)
    {
        var depth = 0;
        return string.Concat(arguments.Where(letter =>
        {
            depth += letter is '(' or '[' or '{' ? 1 : letter is ')' or ']' or '}' ? -1 : 0;
            return depth == 0;
        }));
    }

    /// <summary>The text up to the parenthesis that closes a call.</summary>
    private static string Arguments(string code, int start)
    {
        var depth = 1;
        var end = start;
        for (; end < code.Length && depth > 0; end++)
        {
            depth += code[end] is '(' or '[' or '{' ? 1 : code[end] is ')' or ']' or '}' ? -1 : 0;
        }

        return code[start..(end - 1)];
    }

    [GeneratedRegex("""//[^\n]*|@"(?:[^"]|"")*"|\$?"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\])+'""")]
    private static partial Regex TextAndComments();

    /// <summary>
    /// A function of torch, by its full name or by "using static", or one of the two other ways to a tensor and a generator.
    /// </summary>
    [GeneratedRegex(
        @"(?<![\w.])(?:TorchSharp\.)?(?:torch\.)?(?<name>[a-z]\w*)\(|\bnew (?:TorchSharp\.)?(?:torch\.)?(?<name>Generator)\(|\b\w+\.(?<name>ToTensor)\(")]
    private static partial Regex Maker();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
