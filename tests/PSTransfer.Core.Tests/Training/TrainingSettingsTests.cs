namespace PSTransfer.Core.Tests.Training;

public sealed class TrainingSettingsTests
{
    [Fact]
    public void EachOptionHasARow() => Assert.Equal(
        Writable(typeof(TrainingOptions)).Except([nameof(TrainingOptions.Matches)]),
        TrainingSettings.All.SelectMany(setting => setting.Properties).Order());

    [Fact]
    public void EachOptionOfAStageHasARow() => Assert.Equal(
        Writable(typeof(TrainingStage)), TrainingSettings.Stage.SelectMany(setting => setting.Properties).Order());

    [Fact]
    public void ThePropertiesOfARowAreThoseThatItReads()
    {
        // Each row is asked about options in which one property alone has another value: only the row that owns the property may see it.
        foreach (var (property, value) in Other())
        {
            var options = new TrainingOptions();
            typeof(TrainingOptions).GetProperty(property)!.SetValue(options, value);
            var seen = TrainingSettings.All.Where(setting => !Equals(setting.Get(options), setting.Get(new())));
            Assert.Equal(property, Assert.Single(Assert.Single(seen).Properties, one => one == property));
        }
    }

    /// <summary>A row that is part of the identity has a text there, but for those whose value is in another row's text.</summary>
    [Fact]
    public void WhatARunGoesOnFromIsDecidedForEachOption()
    {
        var options = new TrainingOptions { Stages = [new()] };
        Assert.Equal(
            ["Epochs", "FeatureCache", "CheckpointPath", "LogPath", "TensorBoardPath", "Resume", "Strict"],
            TrainingSettings.All.Where(setting => !setting.IsIdentity).Select(setting => setting.Name));
        Assert.Equal(
            ["DecayEpochs", "DecayFactor"],
            TrainingSettings.All.Where(setting => setting.IsIdentity && setting.Identity(options) is null).Select(setting => setting.Name));
    }

    /// <summary>
    /// Checkpoints keep these texts, and a run goes on only from the same ones: another text would refuse the checkpoints of before.
    /// </summary>
    [Fact]
    public void TheTextsInACheckpointStayAsTheyAre()
    {
        var options = new TrainingOptions
        {
            Epochs = 3, StepsPerEpoch = 4, BatchSize = 5, Schedule = ScheduleKind.Step, DecayEpochs = 8, WarmupSteps = 9,
            LayerRates = new Dictionary<string, double> { ["head*"] = 2, ["bn1"] = 0.5 },
            Stages = [
                new() { Mode = FreezeMode.Inference, LayerPatterns = ["layer1*", "bn1"], LearningRate = 0.5 },
                new() { First = 3, Epochs = 1 }
            ],
            ClipNorm = 1.5, WeightAverage = 0.875, LabelSmoothing = 0.25, BalanceClasses = true, Momentum = 0.5, Nesterov = true,
            Precision = Precision.BFloat16, Augmentation = new(true, 15, 2), Seed = 6, EarlyStopping = 7,
        };
        string[] texts =
        [
            "StepsPerEpoch: 4", "BatchSize: 5", "Optimizer: SGD", "LearningRate: 0.01", "Schedule: Step by 0.1 in 8 epochs",
            "WarmupSteps: 9",
            "LayerRate: bn1 = 0.5 and head* = 2", "Momentum: 0.5", "Nesterov: True", "WeightDecay: 0", "ClipNorm: 1.5",
            "AccumulationSteps: 1",
            "WeightAverage: 0.875", "BatchNormMomentum: none", "Precision: BFloat16", "Loss: Auto", "LabelSmoothing: 0.25",
            "ClassWeight: Auto",
            "Augmentation: Rotation:15, Crop:2, Flip", "CachedDraws: none", "Seed: 6", "EarlyStopping: 7", "RestoreBest: False",
            "Stage: Inference on layer1*, bn1, 3 epochs, LearningRate 0.5; modes as before on the first 3 layers, 1 epochs, "
            + "LearningRate 0.01",
        ];
        Assert.Equal(
            texts,
            TrainingSettings.All.Where(setting => setting.IsIdentity).Select(setting => (setting.Name, Text: setting.Identity(options)))
                .Where(setting => setting.Text is not null).Select(setting => $"{setting.Name}: {setting.Text}"));
        var plain = new TrainingOptions { Schedule = ScheduleKind.Cosine, Optimizer = OptimizerKind.AdamW, EarlyStopping = 2 };
        var of = TrainingSettings.All.ToDictionary(setting => setting.Name, setting => setting.Identity(plain));
        Assert.Equal(["Cosine over 1 epochs", "0.001", "0.01", "none", "none", "none", null, null],
            new[]
            {
                "Schedule", "LearningRate", "WeightDecay", "ClassWeight", "Augmentation", "LayerRate", "Stage", "EarlyStopping"
            }.Select(
                name => of[name]));
    }

    private static IEnumerable<string> Writable(Type type) =>
        type.GetProperties().Where(property => property.CanWrite).Select(property => property.Name).Order();

    private static IEnumerable<(string Property, object Value)> Other() =>
        from property in typeof(TrainingOptions).GetProperties()
        where property.CanWrite && property.Name != nameof(TrainingOptions.Matches)
        let type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType
        select (property.Name, (object)(
            type == typeof(int) ? 77
            : type == typeof(double) ? 0.77
            : type == typeof(bool) ? true
            : type == typeof(string) ? "other"
            : type.IsEnum ? Enum.GetValues(type).GetValue(1)!
            : type == typeof(IReadOnlyDictionary<string, double>) ? new Dictionary<string, double> { ["a"] = 2 }
            : type == typeof(IReadOnlyList<TrainingStage>) ? new TrainingStage[] { new() }
            : new PSTransfer.Core.Data.Augmenting.Augmentation(true, 15, 2)));
}
