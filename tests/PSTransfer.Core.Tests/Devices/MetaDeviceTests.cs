using PSTransfer.Core.Evaluation.Features;
using PSTransfer.Core.Training.Loss;

namespace PSTransfer.Core.Tests.Devices;

/// <summary>
/// Whether all that a model owns goes where the model goes: moved to libtorch's device meta, which has shapes and no numbers, so that it is
/// at hand everywhere. It has no convolution, so that no step can be taken there: things are made and moved, and looked through for a
/// tensor that stayed behind.
/// </summary>
public sealed class MetaDeviceTests
{
    private static readonly torch.Device Meta = MakeMeta();

    public static TheoryData<string> Backbones { get; } = new(BackboneCatalogue.All.Select(spec => spec.Name));

    public static TheoryData<OptimizerKind, double, bool, double?> Optimizers { get; } = new(
        from kind in Enum.GetValues<OptimizerKind>()
        from momentum in new[] { 0, 0.9 }
        from nesterov in new[] { false, true }
        from average in new double?[] { null, 0.99 }
        where momentum > 0 || !nesterov
        select (kind, momentum, nesterov, average));

    [Theory]
    [MemberData(nameof(Backbones))]
    public void ABackboneLeavesNoTensorBehind(string name)
    {
        var spec = BackboneCatalogue.Find(name);
        using var network = TransferNetwork.Create(spec, new ImageShape(spec.DefaultImageSize, spec.DefaultImageSize, 3), seed: null);
        network.MoveTo(Meta);

        AssertMoved(network, atLeast: network.State.Count());
        network.SetHead(new Head { ClassCount = 2 }, seed: null); // a head comes to where the backbone is
        AssertMoved(network, atLeast: network.State.Count());
        using var copy = network.Clone();
        AssertMoved(copy, atLeast: network.State.Count());
    }

    [Theory]
    [InlineData(Pooling.Average)]
    [InlineData(Pooling.Max)]
    [InlineData(Pooling.Flatten)]
    public void AHeadLeavesNoTensorBehind(Pooling pooling)
    {
        foreach (var mode in Enum.GetValues<FreezeMode>())
        {
            using var network = SmallNetwork.Create();
            network.SetHead(new Head { ClassCount = 3, Pooling = pooling, HiddenUnits = [7, 5], Dropout = 0.5 }, seed: 1);
            new FreezePlan { Mode = mode }.Apply(network);
            network.MoveTo(Meta);
            AssertMoved(network, atLeast: network.State.Count());
        }
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void AnOptimizersStateIsWhereTheWeightsAre(OptimizerKind kind, double momentum, bool nesterov, double? average)
    {
        using var network = Small();
        var options = new TrainingOptions { Optimizer = kind, Momentum = momentum, Nesterov = nesterov, WeightAverage = average };
        using var state = new StageState(network, options);
        state.Restore(3, (_, _) => { }); // as a run that is resumed makes it
        AssertMoved(state, atLeast: network.Layers.Sum(layer => layer.Parameters.Count) + state.Tensors.Count());
        Assert.Equal(kind != OptimizerKind.SGD || momentum > 0 || average is not null, state.Tensors.Any());

        // As the first steps of a run make it.
        using var none = torch.no_grad();
        using var rule = Rule(kind, momentum, nesterov);
        using var parameter = torch.zeros(3, 4, device: Meta);
        using var gradient = torch.zeros(3, 4, device: Meta);
        rule.Step(parameter, gradient, 0.1);
        rule.Step(parameter, gradient, 0.1);
        AssertMoved(rule, atLeast: kind == OptimizerKind.SGD ? momentum > 0 ? 1 : 0 : 2);
    }

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(1, 0.1, true)]
    [InlineData(3, 0, false)]
    [InlineData(3, 0, true)]
    [InlineData(3, 0.1, true)]
    public void ALossIsWhereTheLogitsAre(int logits, double smoothing, bool weighted)
    {
        using var network = Small(logits);
        using var loss = new TrainingLoss(
            Objective.For(network), smoothing, weighted ? [.. Enumerable.Repeat(0.5, Math.Max(logits, 2))] : null, network.Device);
        AssertMoved(loss, atLeast: weighted ? 1 : 0);

        using var answers = torch.zeros(4, logits, device: Meta);
        using var labels = torch.zeros(4, dtype: torch.int64, device: Meta);
        using var predicted = loss.Predict(answers);
        using var probabilities = Objective.For(network).Probabilities(answers);
        AssertMoved(new[] { predicted, probabilities }, atLeast: 2);
        if (logits > 1)
        {
            using var mean = loss.Mean(answers, labels); // of one logit's loss, meta has no part
            AssertMoved(mean, atLeast: 1);
        }
    }

    /// <summary>They count what is on the host already; a tensor in one would be on the wrong side.</summary>
    [Fact]
    public void MetricsHoldNumbersAlone()
    {
        foreach (object metric in new object[] { new RunningMetrics(), new Answers([0], [0], [0f], [1f], 0) })
        {
            Assert.Empty(OwnedTensors.Of(metric));
        }
    }

    [Theory]
    [MemberData(nameof(Preprocessings))]
    public void PreprocessingStaysWhereThePixelsAre(Preprocessing preprocessing)
    {
        using var pixels = torch.zeros(2, 3, 8, 8, device: Meta);
        var path = new PixelPath(new ImageShape(8, 8, 3), ResizeRule.Crop, preprocessing);
        using var prepared = path.Prepare(pixels);

        AssertMoved(prepared, atLeast: 1);
        Assert.Empty(OwnedTensors.Of(path));
    }

    // whose flip meta hasn't
    public static TheoryData<Preprocessing> Preprocessings { get; } = new(
        Enum.GetValues<Preprocessing>().Where(preprocessing => preprocessing != Preprocessing.Caffe));

    public static TheoryData<string> Augmentations { get; } = new(AugmentationNames.All);

    /// <summary>
    /// What most of them do can't be followed: meta has no flip, no roll and no grid, and values that are edited on the host need numbers.
    /// </summary>
    [Theory]
    [MemberData(nameof(Augmentations))]
    public void AnAugmentationHoldsNumbersAlone(string name) => Assert.Empty(OwnedTensors.Of(Augmentation.Parse([name])!));

    [Fact]
    public void AShiftedCropStaysWhereThePixelsAre()
    {
        using var pixels = torch.zeros(2, 3, 8, 8, device: Meta);
        using var changed = Augmentation.Parse(["Crop:2"])!.Apply(pixels, 1, 1, [0, 1]);
        AssertMoved(changed, atLeast: 1);
    }

    [Fact]
    public void FoldedLayersAndCachedFeaturesAreWhereTheModelIs()
    {
        using var network = Small();
        using var plan = new InferencePlan(network);
        Assert.Equal(2, plan.FoldedCount);
        AssertMoved(plan, atLeast: network.State.Count());
        using var features = new MemoryFeatures(4, new FeatureShape(2, 1, 1), network.Device);
        AssertMoved(features, atLeast: 1);
    }

    [Fact]
    public void BatchesComeToTheModel()
    {
        using var batch = new BatchLoader(Images.Make(4), 4, Meta).Read([0, 1, 2, 3], TestContext.Current.CancellationToken).Single();
        AssertMoved(batch, atLeast: 2);
    }

    /// <summary>A tensor that is kept for all models can be on one device only.</summary>
    [Fact]
    public void NoTypeKeepsATensorForAllModels()
    {
        LibTorch.EnsureLoaded();
        using (var network = SmallNetwork.Create())
        {
        }

        Assert.Empty(OwnedTensors.OfStatics(typeof(TransferNetwork).Assembly));
    }

    private static torch.Device MakeMeta()
    {
        LibTorch.EnsureLoaded();
        return new torch.Device(DeviceType.META);
    }

    private static TransferNetwork Small(int classes = 3)
    {
        var network = SmallNetwork.Create(classes: classes, dropout: 0.5);
        new FreezePlan { Mode = FreezeMode.None }.Apply(network);
        network.MoveTo(Meta);
        return network;
    }

    private static UpdateRule Rule(OptimizerKind kind, double momentum, bool nesterov) => kind switch
    {
        OptimizerKind.SGD => new SgdRule(momentum, nesterov, 0.01),
        _ => new AdamRule(0.01, decoupled: kind == OptimizerKind.AdamW),
    };

    /// <summary>Nothing is elsewhere, and the walk has seen what there is: one that finds nothing would prove nothing.</summary>
    private static void AssertMoved(object owner, int atLeast)
    {
        Assert.Empty(OwnedTensors.Elsewhere(owner, Meta));
        Assert.InRange(OwnedTensors.Of(owner).Count, atLeast, int.MaxValue);
    }
}
