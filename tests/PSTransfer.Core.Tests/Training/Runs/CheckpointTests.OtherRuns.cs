namespace PSTransfer.Core.Tests.Training.Runs;

/// <summary>A checkpoint of another run is refused by what is other, and nothing changes.</summary>
public sealed partial class CheckpointTests
{
    public static TheoryData<string, Func<TrainingOptions, TrainingOptions>> OtherSettings => new()
    {
        { "LearningRate 0.01 in the checkpoint, 0.02 now.", o => o with { LearningRate = 0.02 } },
        {
            "Optimizer SGD in the checkpoint, Adam now. LearningRate 0.01 in the checkpoint, 0.001 now.",
            o => o with { Optimizer = OptimizerKind.Adam }
        },
        { "Momentum 0 in the checkpoint, 0.5 now.", o => o with { Momentum = 0.5 } },
        { "WeightDecay 0 in the checkpoint, 0.1 now.", o => o with { WeightDecay = 0.1 } },
        { "BatchSize 16 in the checkpoint, 8 now. StepsPerEpoch 3 in the checkpoint, 5 now.", o => o with { BatchSize = 8 } },
        { "StepsPerEpoch 3 in the checkpoint, 2 now.", o => o with { StepsPerEpoch = 2 } },
        { "Seed 42 in the checkpoint, 7 now.", o => o with { Seed = 7 } },
        { "Schedule Constant in the checkpoint, OneCycle over 3 epochs now.", o => o with { Schedule = ScheduleKind.OneCycle } },
        { "BatchNormMomentum none in the checkpoint, 0.5 now.", o => o with { BatchNormMomentum = 0.5 } },
        { "Schedule Constant in the checkpoint, Cosine over 3 epochs now.", o => o with { Schedule = ScheduleKind.Cosine } },
        {
            "Schedule Constant in the checkpoint, Step by 0.1 in 2 epochs now.",
            o => o with { Schedule = ScheduleKind.Step, DecayEpochs = 2 }
        },
        { "WarmupSteps 0 in the checkpoint, 1 now.", o => o with { WarmupSteps = 1 } },
        {
            "LayerRate none in the checkpoint, head* = 2 now.",
            o => o with { LayerRates = new Dictionary<string, double> { ["head*"] = 2 } }
        },
        { "ClipNorm none in the checkpoint, 1 now.", o => o with { ClipNorm = 1 } },
        { "AccumulationSteps 1 in the checkpoint, 2 now.", o => o with { AccumulationSteps = 2 } },
        { "WeightAverage none in the checkpoint, 0.9 now.", o => o with { WeightAverage = 0.9 } },
        { "LabelSmoothing 0 in the checkpoint, 0.1 now.", o => o with { LabelSmoothing = 0.1 } },
        { "ClassWeight none in the checkpoint, Auto now.", o => o with { BalanceClasses = true } },
        {
            "ClassWeight none in the checkpoint, class0 = 2 now.",
            o => o with { ClassWeights = new Dictionary<string, double> { ["class0"] = 2 } }
        },
        { "Stage none in the checkpoint, modes as before, 3 epochs, LearningRate 0.01 now.", o => o with { Stages = [new()] } },
        {
            "Augmentation none in the checkpoint, Flip now. CachedDraws none in the checkpoint, 2 now.",
            o => o with { Augmentation = new Augmentation(true, 0, 0), CachedDraws = 2 }
        },
        { "Augmentation none in the checkpoint, Rotation:5 now.", o => o with { Augmentation = new Augmentation(false, 5, 0) } },
    };

    [Theory]
    [MemberData(nameof(OtherSettings))]
    public void OtherSettingsAreRefusedByNameAndNothingChanges(string named, Func<TrainingOptions, TrainingOptions> change)
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None, validation: null);
        using var network = Network(FreezeMode.None);
        AssertRefused(
            network,
            change(options with { Epochs = 3 }),
            Data,
            $"{Path}: this checkpoint is of another run. {named} Resume with that run's images and settings, "
            + "or start anew without -Resume");
    }

    [Fact]
    public void AnotherModeOrModelIsRefusedAndNothingChanges()
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None, validation: null);

        using var frozen = Network(FreezeMode.Inference);
        AssertRefused(frozen, options, Data, "FreezeMode None in the checkpoint, Inference now, on conv1 and 5 more layers.");
        using var otherHead = Network(FreezeMode.None);
        otherHead.SetHead(new Head { ClassCount = 2, Dropout = 0.5, HiddenUnits = [4] }, seed: 1);
        AssertRefused(
            otherHead, options, Data, "the head Average, 4, 2, dropout 0.5. Build the model as it was for that run, or start anew");
        using var otherPreprocessing = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Tf, dropout: 0.5);
        AssertRefused(otherPreprocessing, options, Data, "preprocessing Rescale");
    }

    [Fact]
    public void OtherLayersUnderTheSameModesAreRefused()
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 16, CheckpointPath = Path };
        using var first = Network(FreezeMode.Inference);
        new FreezePlan { Mode = FreezeMode.None, LayerPatterns = ["conv1"] }.Apply(first);
        new Trainer(first, options).Fit(Data, null, TestContext.Current.CancellationToken);
        using var second = Network(FreezeMode.Inference);
        new FreezePlan { Mode = FreezeMode.None, LayerPatterns = ["conv2"] }.Apply(second);
        AssertRefused(second, options, Data, "FreezeMode None in the checkpoint, Inference now, on conv1 and 1 more layers.");
    }

    public static TheoryData<string, LabeledImages> OtherImages
    {
        get
        {
            var labels = Enumerable.Range(0, 40).Select(Data.LabelOf).ToArray();
            var pixels = labels.Select((_, i) =>
            {
                var image = new byte[192];
                Data.Read(i, image);
                return image;
            }).ToArray();
            return new()
            {
                { "It was trained on 'made', 40 images; this is 'made', 60 images. Resume", Images.Make(30) },
                {
                    "It was trained on 'made', 40 images; this is 'mine', 40 images. Resume",
                    Data.Subset([.. Enumerable.Range(0, 40)], "mine")
                },
                {
                    "It was trained on 'made', 40 images; this is 'made', 40 images, but not the same ones, or with other labels or "
                    + "another -Resize. Resume",
                    Images.Make(20, seed: 8)
                },
                {
                    "but not the same ones, or with other labels or another -Resize. Resume",
                    Data.Subset([1, 0, .. Enumerable.Range(2, 38)], "made")
                },
                {
                    "but not the same ones, or with other labels or another -Resize. Resume",
                    Made(["class0", "class1"], [.. labels.Select(label => 1 - label)])
                },
                { "Class 0 is 'class0' in the checkpoint, 'a' now. Resume", Made(["a", "b"], labels) },
            };

            LabeledImages Made(string[] classes, int[] labels) =>
                LabeledImages.FromMemory(
                    "made", new SampleChoice(classes, labels, labels), new ImageShape(8, 8, 3), pixels, new ImageDatasetOptions(), []);
        }
    }

    [Theory]
    [MemberData(nameof(OtherImages))]
    public void OtherImagesAreRefusedByNameAndNothingChanges(string named, LabeledImages images)
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None, validation: null);
        using var network = Network(FreezeMode.None);
        AssertRefused(network, options with { Epochs = 2 }, images, named);
    }

    [Fact]
    public void OtherValidationImagesAreRefusedByName()
    {
        var options = new TrainingOptions { BatchSize = 16, CheckpointPath = Path };
        using var network = Network(FreezeMode.None);
        Train(options, FreezeMode.None, validation: null);
        AssertRefused(network, options, Data, "It had no validation images; this has 'made', 16 images.", Validation);
        Train(options, FreezeMode.None);
        AssertRefused(network, options, Data, "It was validated on 'made', 16 images; this has no validation images.");
        AssertRefused(
            network, options, Data, "It was validated on 'made', 16 images; this is 'made', 16 images, but not the same ones",
            Images.Make(8, seed: 10));
    }

    [Fact]
    public void FewerEpochsThanTheCheckpointHasAreRefused()
    {
        var options = new TrainingOptions { Epochs = 3, BatchSize = 16, CheckpointPath = Path };
        Train(options, FreezeMode.None, validation: null);
        using var network = Network(FreezeMode.None);
        AssertRefused(
            network,
            options with { Epochs = 2 },
            Data,
            "this checkpoint has 3 epochs already, more than -Epochs 2. Give at least as many, or start anew");
    }

    [Fact]
    public void OtherPretrainedWeightsAreRefusedByTheFirstTensorAndNothingChanges()
    {
        var options = new TrainingOptions
        {
            BatchSize = 16,
            CheckpointPath = Path,
            Stages = [new() { Mode = FreezeMode.Inference }, new() { Mode = FreezeMode.None, LayerPatterns = ["conv2"] }]
        };
        using var network = Network(FreezeMode.Inference, seed: 3);
        using (torch.no_grad())
        using (var same = Network(FreezeMode.Inference))
        {
            network.State.First().Value.copy_(same.State.First().Value); // conv1.weight
        }

        Interrupt(options, FreezeMode.Inference, afterEpoch: 1);
        AssertRefused(
            network, options, Data,
            "conv2.weight isn't the model's, and nothing in this run changes it: the checkpoint comes from other pretrained weights.",
            Validation);

        // From the second stage on the run changes it, and not what comes before.
        Train(options, FreezeMode.Inference);
        using var other = Network(FreezeMode.Inference, seed: 3);
        AssertRefused(other, options, Data, "conv1.weight isn't", Validation);
        new Trainer(network, options with { Resume = true }).Fit(Data, Validation, TestContext.Current.CancellationToken);
    }
}
