using PSTransfer.Core.Models.Onnx;
namespace PSTransfer.Core.Tests.Models;

/// <summary>Networks that PyTorch exported answer as in PyTorch, with the layers' names and BatchNorm as they were.</summary>
public sealed class OnnxImportTests
{
    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Folder, "*.onnx").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Fixtures", "onnx");

    [Theory]
    [MemberData(nameof(Files))]
    public void AClassifierAnswersAsInPyTorch(string file)
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json")));
        double[] answers = [.. expected.RootElement.GetProperty(file.Split('-')[0]).EnumerateArray().Select(number => number.GetDouble())];
        using var network = Import(file);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var x = (torch.arange(360, device: torch.CPU).reshape(1, 3, 12, 10) % 23).to(torch.float32) / 11 - 1;

        var logits = network.Forward(x, ForwardPass.Inference);
        var ours = file.StartsWith("last", StringComparison.Ordinal) ? logits.sigmoid() : logits;

        Assert.Equal(answers.Length, network.Head!.ClassCount);
        Assert.All(
            answers.Zip(ours.data<float>().ToArray()),
            pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-5 * answers.Max(Math.Abs)));
    }

    [Theory]
    [InlineData("residual-9", "conv1 bn1 conv2 bn2 gate.fc head.logits", 2)]
    [InlineData("residual-13", "conv1 bn1 conv2 bn2 gate.fc head.logits", 2)]
    [InlineData("residual-17", "conv1 bn1 conv2 bn2 gate.fc head.logits", 2)]
    [InlineData("last-17", "stem mix norm up down /Mul_2 head.logits", 0)]
    public void LayersHaveTheNamesOfTheOriginal(string file, string names, int norms)
    {
        using var network = Import(file);

        Assert.Equal(names, string.Join(' ', network.Layers.Where(layer => layer.Parameters.Count > 0).Select(layer => layer.Name)));
        Assert.Equal(norms, network.BatchNorms.Count());
        Assert.All(
            network.BatchNorms,
            norm => Assert.Equal((1e-5, 0.1, VarianceEstimator.Unbiased), (norm.Epsilon, norm.Momentum, norm.Estimator)));
    }

    [Fact]
    public void TheHeadIsThatOfTheFile()
    {
        using var residual = Import("residual-13");
        using var last = Import("last-9");

        // PyTorch leaves the dropout of a network in its inference phase out.
        Assert.Equal((3, Pooling.Average, 0.0), (residual.Head!.ClassCount, residual.Head.Pooling, residual.Head.Dropout));
        Assert.Equal(["0", "1", "2"], residual.Classes);
        Assert.Equal((1, 2), (last.Head!.ClassCount, last.Classes.Count));
    }

    /// <summary>The layers are built again from the model's file, and from a copy's description.</summary>
    [Fact]
    public void AnImportedModelIsSavedAndCopied()
    {
        using var folder = new TempFolder();
        using var network = Import("residual-17");
        ModelFile.Save(network, folder.File("model"), overwrite: false);

        using var loaded = ModelFile.Load(folder.File("model"));
        using var copy = network.Clone();

        Assert.All([loaded, copy], other => Bits.AssertEqual(Bits.Of(network), Bits.Of(other)));
        Assert.Equal(network.Describe(), loaded.Describe());
    }

    /// <summary>Freeze modes and phases hold for an imported network as for any other.</summary>
    [Fact]
    public void FrozenLayersOfAnImportedNetworkStay()
    {
        using var network = Import("residual-13");
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var x = torch.arange(4 * 360, device: torch.CPU).reshape(4, 3, 12, 10).to(torch.float32) % 23 * 11;

        var training = network.Forward(x, ForwardPass.Training()).data<float>().ToArray();
        var inference = network.Forward(x, ForwardPass.Inference).data<float>().ToArray();

        Assert.NotEqual(training, inference);
        Assert.Equal(
            Trained(FreezeMode.Inference, ForwardPass.Training()), Trained(FreezeMode.Inference, ForwardPass.Inference));

        float[] Trained(FreezeMode mode, ForwardPass pass)
        {
            new FreezePlan { Mode = mode }.Apply(network);
            return network.Forward(x, pass).data<float>().ToArray();
        }
    }

    [Fact]
    public void WhatIsAssumedAndWhatIsMissingIsSaid()
    {
        var warnings = new List<string>();
        using var kept = Import("residual-13", warnings, preprocessing: null);
        Assert.Equal(Preprocessing.Torch, kept.Pixels.Preprocessing);
        Assert.Contains(warnings, warning => warning.Contains("Torch is assumed", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.Contains("doesn't name its 3 classes", StringComparison.Ordinal));
        Assert.DoesNotContain(warnings, warning => warning.Contains("no BatchNorm", StringComparison.Ordinal));

        using var folded = Import("residual-13-folded", warnings);
        Assert.Contains(warnings, warning => warning.Contains("no BatchNorm layer", StringComparison.Ordinal));
    }

    private static TransferNetwork Import(
        string file, List<string>? warnings = null, Preprocessing? preprocessing = Preprocessing.None) => new OnnxImport
        {
            Path = Path.Combine(Folder, $"{file}.onnx"), KeepsClassifier = true, Preprocessing = preprocessing,
        }.Create(_ => { }, warning => warnings?.Add(warning));
}
