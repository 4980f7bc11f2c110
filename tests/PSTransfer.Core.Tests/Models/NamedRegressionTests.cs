namespace PSTransfer.Core.Tests.Models;

/// <summary>The reports in which people met these semantics elsewhere, each as a test.</summary>
public sealed class NamedRegressionTests
{
    /// <summary>
    /// "Batch Normalization layer gives significant difference between train and validation loss on the exact same data": everything
    /// frozen, one batch, two losses.
    /// </summary>
    [Theory]
    [InlineData(FreezeMode.Legacy, true)]
    [InlineData(FreezeMode.Inference, false)]
    public void Keras6876(FreezeMode mode, bool phasesDiffer)
    {
        using var network = SmallNetwork.FromFixture();
        new FreezePlan { Mode = mode, LayerPatterns = ["*"] }.Apply(network);
        Assert.Equal(0, network.TrainableParameters);
        var objective = Objective.For(network);
        var expected = Fixture.Freeze.GetProperty("regressions").GetProperty("everythingFrozen").GetProperty($"{mode}");
        var before = Bits.Of(network);

        var losses = new Dictionary<string, double>();
        foreach (var (phase, pass) in new[] { ("training", ForwardPass.Training()), ("inference", ForwardPass.Inference) })
        {
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            var logits = network.Forward(Fixture.Freeze.GetProperty("evaluation").ToTensor(), pass);
            var labels = Fixture.Freeze.GetProperty("evaluationLabels").ToLabels();
            var metrics = new RunningMetrics();
            losses[phase] = metrics.Add(objective.Loss(logits, labels), objective.Predict(logits), labels);
            Assert.InRange(
                FixtureRun.Distance(logits.data<float>().ToArray(), expected.GetProperty(phase).GetProperty("logits").Floats()), 0, 1e-5);
            Assert.Equal(expected.GetProperty(phase).GetProperty("loss").GetDouble(), losses[phase], 5);
            Assert.Equal(expected.GetProperty(phase).GetProperty("accuracy").GetDouble(), metrics.Mean.Accuracy);
        }

        Assert.Equal(phasesDiffer, losses["training"] != losses["inference"]);
        Bits.AssertEqual(before, Bits.Of(network));
    }

    /// <summary>
    /// "Strange behaviour of the loss function in keras model, with pretrained convolutional base": 93 % in fit, 25 % in evaluate, the same
    /// images.
    /// </summary>
    [Fact]
    public void Keras10045()
    {
        var images = Images.Make(perClass: 40, contrast: 16);
        var trapped = Train(FreezeMode.Legacy);
        var sound = Train(FreezeMode.Inference);

        Assert.True(trapped.Training >= 0.9 && trapped.Inference <= 0.6, $"Legacy: {trapped}");
        Assert.True(sound.Training >= 0.9 && sound.Training == sound.Inference, $"Inference: {sound}");

        (double Training, double Inference) Train(FreezeMode mode)
        {
            using var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale);
            SmallNetwork.AdaptStatistics(network, Images.Make(perClass: 40, contrast: 16, brightness: 30));
            new FreezePlan { Mode = mode }.Apply(network);
            new Trainer(network, new TrainingOptions { Epochs = 10, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 0.05 })
                .Fit(images, null, TestContext.Current.CancellationToken);
            var evaluator = new Evaluator(network, 16);
            return (
                evaluator.Run(images, isTraining: true, dropout: false, seed: 1).Metrics.Accuracy,
                evaluator.Run(images, isTraining: false, dropout: false, seed: 1).Metrics.Accuracy);
        }
    }

    /// <summary>
    /// "BatchNorm running stats are updated in train mode although requires_grad is False": three passes forward, no gradient anywhere.
    /// </summary>
    [Fact]
    public void PyTorch86590DriftingMovesTheStatisticsOfFrozenLayers()
    {
        using var network = SmallNetwork.FromFixture();
        var before = Bits.Of(network);

        ForwardThreeBatches(network, FreezeMode.Drifting);

        var buffers = Fixture.Freeze.GetProperty("regressions").GetProperty("frozenYetDrifting").GetProperty("buffers");
        foreach (var (name, tensor) in network.BatchNorms
            .SelectMany(norm => norm.State)
            .Where(t => t.Key.Contains("running", StringComparison.Ordinal)))
        {
            Assert.InRange(FixtureRun.Distance(tensor.data<float>().ToArray(), buffers.GetProperty(name).Floats()), 0, 1e-5);
        }

        Assert.All(Bits.Differences(before, Bits.Of(network)), name => Assert.Contains("running", name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FreezeMode.Inference)]
    [InlineData(FreezeMode.Legacy)]
    [InlineData(FreezeMode.Statistics)]
    public void PyTorch86590OtherModesMoveNothing(FreezeMode mode)
    {
        using var network = SmallNetwork.FromFixture();
        var before = Bits.Of(network);

        ForwardThreeBatches(network, mode);

        Bits.AssertEqual(before, Bits.Of(network));
    }

    /// <summary>
    /// "train_bn=False is ignored while the backbone is frozen": what was said once holds, whatever phase is asked for in between.
    /// </summary>
    [Theory]
    [InlineData("LightningFrozenBatchNorm", FreezeMode.Legacy)]
    [InlineData("timm", FreezeMode.Inference)]
    public void Lightning21531(string framework, FreezeMode mode)
    {
        using var network = SmallNetwork.FromFixture();
        var era = FrameworkEra.Find(framework);
        new FreezePlan { Mode = era.Mode, Era = era }.Apply(network);
        using var random = new torch.Generator(0, torch.CPU);
        ForwardPass[] passes = [ForwardPass.Fit(random), ForwardPass.Training(), ForwardPass.Inference];
        var before = Bits.Of(network);
        var first = passes.Select(pass => FixtureRun.Logits(network, pass)).ToList();

        foreach (var between in passes)
        {
            for (var i = 0; i < passes.Length; i++)
            {
                FixtureRun.Logits(network, between);
                Assert.Equal(first[i], FixtureRun.Logits(network, passes[i]));
            }
        }

        Assert.All(network.BatchNorms, norm => Assert.Equal((mode, false, false), (norm.Mode, norm.Learns, norm.UpdatesStatistics)));
        Bits.AssertEqual(before, Bits.Of(network));
    }

    /// <summary>
    /// gt-pyg 112, "eval() undone by train()": the phase follows from the mode at each call, so nobody's earlier call can undo it.
    /// </summary>
    [Fact]
    public void AFrozenLayerIsNotThawedByAStepOfFit()
    {
        using var network = SmallNetwork.FromFixture();
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        using var random = new torch.Generator(0, torch.CPU);
        var norms = Bits.Of(network.BatchNorms.SelectMany(norm => norm.State));
        var expected = FixtureRun.Logits(network, ForwardPass.Inference);

        // Up to rounding: a step of fit has its maps in another order in memory. Normalising by the batch gives quite other logits.
        AssertNear(expected, FixtureRun.Logits(network, ForwardPass.Fit(random)));
        FixtureRun.Run(network, FreezeMode.Inference, new TrainingOptions());

        Bits.AssertEqual(norms, Bits.Of(network.BatchNorms.SelectMany(norm => norm.State)));
        AssertNear(FixtureRun.Logits(network, ForwardPass.Inference), FixtureRun.Logits(network, ForwardPass.Fit(random)));
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);
        Assert.True(
            Distance(FixtureRun.Logits(network, ForwardPass.Inference), FixtureRun.Logits(network, ForwardPass.Fit(random))) > 1e-2);

        static void AssertNear(float[] expected, float[] actual) => Assert.InRange(Distance(expected, actual), 0, 1e-6);

        static double Distance(float[] expected, float[] actual) =>
            Math.Sqrt(expected.Zip(actual, (x, y) => Math.Pow(x - y, 2)).Sum() / expected.Sum(x => Math.Pow(x, 2)));
    }

    private static void ForwardThreeBatches(TransferNetwork network, FreezeMode mode)
    {
        new FreezePlan { Mode = mode }.Apply(network);
        using var random = new torch.Generator(0, torch.CPU);
        using var noGradient = torch.no_grad();
        foreach (var batch in Fixture.Freeze.GetProperty("batches").EnumerateArray().Take(3))
        {
            using var scope = torch.NewDisposeScope();
            network.Forward(batch.ToTensor(), ForwardPass.Fit(random));
        }
    }
}
