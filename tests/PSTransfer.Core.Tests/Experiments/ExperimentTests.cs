using PSTransfer.Core.Experiments.Keys;
using PSTransfer.Core.Experiments.Yaml;

namespace PSTransfer.Core.Tests.Experiments;

public sealed class ExperimentTests : IDisposable
{
    private const string Valid = """
        data: { path: images }
        backbone: { name: resnet20 }
        head: { classCount: 2 }

        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AShortFileIsOneRunWithTheCmdletsDefaults()
    {
        var experiment = Load(Valid);
        Assert.Empty(experiment.Errors);
        var run = Assert.Single(experiment.Runs);
        Assert.Equal(("x", "x", 1), (experiment.Name, run.Name, run.Number));
        Assert.Equal(_folder.File("images"), run.Settings.Data.Path);
        Assert.Equal(42, run.Settings.Head.Seed);
        Assert.Equal(new Core.Training.TrainingOptions { Matches = run.Settings.Train.Matches }, run.Settings.Train);
    }

    [Fact]
    public void EveryErrorHasItsPlaceItsKeyAndTheNearestName()
    {
        var errors = Load("""
            data:
              path: nowhere
              chanels: 3
              channels: 5
              split: { validation: 1.5 }
              validation: same
            backbone:
              name: resnet2
            head: { classCount: two, dropout: 1.5 }
            freeze: { mode: legcy }
            train:
              learningRat: 1
              epochs: 0
              momentum: 0.9
              optimizer: Adam
              augmentation: [Flipp]
              stages: [{ mode: None, epocs: 3 }]
            evaluate: { top: 0, learningPhase: maybe }
            matrix: { train.seedd: [1], train.seed: 3 }
            """).Errors;
        Assert.Equal(
            [
                (3, 3, "data.chanels"), (4, 13, "data.channels"), (5, 10, "data.split"), (5, 24, "data.split.validation"),
                (8, 9, "backbone.name"), (9, 21, "head.classCount"), (9, 35, "head.dropout"),
                (10, 17, "freeze.mode"), (12, 3, "train.learningRat"), (13, 11, "train.epochs"), (14, 13, "train.momentum"),
                (16, 17, "train.augmentation"), (17, 26, "train.stages[1].epocs"),
                (18, 18, "evaluate.top"), (18, 36, "evaluate.learningPhase"), (19, 11, "matrix.train.seedd"), (19, 41, "matrix.train.seed"),
            ],
            errors.Select(error => (error.Line, error.Column, error.Key)));
        Assert.Equal("no such key. Did you mean 'learningRate'?", errors.Single(error => error.Key == "train.learningRat").Message);
        Assert.Equal(
            $"{_folder.File("x.yml")}(13,11): train.epochs: must be at least 1, not 0.",
            errors.Single(error => error.Key == "train.epochs").ToString());
        Assert.EndsWith("Did you mean 'Legacy'?", errors.Single(error => error.Key == "freeze.mode").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train: { earlyStopping: 2 }", "train.earlyStopping", "needs data.validation")]
    [InlineData("train: { schedule: Plateau, decayEpochs: 1 }", "train.schedule", "needs data.validation")]
    [InlineData("train: { schedule: Step }", "train.decayEpochs", "is needed by train.schedule Step")]
    [InlineData("train: { resume: true }", "train.resume", "needs the train.checkpointPath")]
    [InlineData("train: { classWeight: { a: -1 } }", "train.classWeight", "must be a positive number for 'a'")]
    [InlineData("train: { layerRate: { a: x } }", "train.layerRate.a", "expected a number, found 'x'")]
    [InlineData("train: { stages: [{ epochs: 0 }] }", "train.stages[1].epochs", "must be at least 1, not 0.")]
    [InlineData(
        "train: { stages: { learningRate: -1 } }",
        "train.stages[1].learningRate",
        "must be a positive number, at most 3.4e38 (float32), not -1.")]
    [InlineData("train: { stages: [{ mode: None, layer: a, first: 1 }] }", "train.stages[1].first", "excludes names of layers")]
    [InlineData("train: { stages: [{}, { first: 1 }] }", "train.stages[2].mode", "is missing for the layers")]
    [InlineData("train: { epochs: '3' }", "train.epochs", "without quotes")]
    [InlineData("train: { epochs: }", "train.epochs", "nothing after the colon")]
    [InlineData("train: 3", "train", "expected a map")]
    [InlineData("freeze: { mode: None, framework: Keras3 }", "freeze.framework", "excludes mode")]
    [InlineData("freeze: { first: 3 }", "freeze.mode", "is missing")]
    [InlineData("freeze: { framework: keras }", "freeze.framework", "doesn't know 'keras'")]
    [InlineData("evaluate: { learningPhase: { tolerance: -1 } }", "evaluate.learningPhase.tolerance", "must be at least 0")]
    [InlineData("train: { featureCache: false }", "train.featureCache", "expected Auto, Off or a path (./false is one), found 'false'.")]
    [InlineData("train: { featureCache: On }", "train.featureCache", "expected Auto, Off or a path (./On is one), found 'On'.")]
    [InlineData("evaluate: { save: true }", "evaluate.save", "expected a path (./true is one), found 'true'.")]
    [InlineData("output: none", "output", "expected a path (./none is one), found 'none'.")]
    [InlineData("seed: x", "seed", "expected a whole number")]
    [InlineData("matrix: 3", "matrix", "expected keys with lists")]
    [InlineData("train: { phases: [{ epochs: 1 }] }", "train.phases", "no such key. A part of a run is a stage: write 'stages'.")]
    [InlineData("matrix: { train.phase: [[{ epochs: 1 }]] }", "matrix.train.phase", "A part of a run is a stage: write 'stages'.")]
    [InlineData("matrix: { name: [a] }", "matrix.name", "no such key to vary")]
    [InlineData("matrix: { train.seed: [] }", "matrix.train.seed", "expected a list of values")]
    public void WhatCannotWorkIsToldAtItsKey(string line, string key, string message)
    {
        var error = Assert.Single(Load(Valid + line).Errors);
        Assert.Equal(key, error.Key);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.True(error.Line > 0);
    }

    [Fact]
    public void APathThatLooksLikeAWordIsWrittenAsAPath()
    {
        var run = Load(Valid + "train: { featureCache: ./auto, logPath: ./off }").Runs[0];
        Assert.Equal((_folder.File("auto"), _folder.File("off")), (run.Settings.Train.FeatureCache, run.Settings.Train.LogPath));
        var again = Experiment.Load(Write(run.Describe(_folder.Path), "y.yml"), []);
        Assert.Empty(again.Errors);
        Assert.Equal(
            (_folder.File("auto"), _folder.File("off")), (again.Runs[0].Settings.Train.FeatureCache, again.Runs[0].Settings.Train.LogPath));
    }

    [Fact]
    public void EachStageIsToldInItsOwnLine()
    {
        var errors = Load(Valid + """
            train:
              epochs: 0
              stages:
                - mode: None
                - epochs: 0
                  learningRate: -1
                - epochs: -3
            """).Errors;
        Assert.Equal(
            [(
                5, 11, "train.epochs"),
                (8, 15, "train.stages[2].epochs"),
                (9, 21, "train.stages[2].learningRate"),
                (10, 15, "train.stages[3].epochs")
            ],
            errors.Select(error => (error.Line, error.Column, error.Key)));
    }

    [Fact]
    public void MissingSectionsAreAllNamed() =>
        Assert.Equal(["data", "backbone", "head"], Load("train: { epochs: 1 }").Errors.Select(error => error.Key));

    [Fact]
    public void AMatrixIsNestedLoopsInItsOrder()
    {
        var runs = Load(Valid + "matrix: { freeze.mode: [Legacy, Inference], train.seed: [1, 2], freeze: [{ mode: None }] }").Runs;
        Assert.Equal(4, runs.Count);
        runs = Load(Valid + "matrix: { freeze.mode: [Legacy, Inference], train.seed: [1, 2] }").Runs;
        Assert.Equal(
            ["x-mode-Legacy-seed-1", "x-mode-Legacy-seed-2", "x-mode-Inference-seed-1", "x-mode-Inference-seed-2"],
            runs.Select(run => run.Name));
        Assert.Equal([1, 2, 1, 2], runs.Select(run => run.Settings.Train.Seed));
        Assert.Equal(2, runs[1].Values["train.seed"]);
        Assert.Equal("Legacy", runs[1].Values["freeze.mode"]);
        Assert.Equal(42, runs[1].Settings.Head.Seed);
    }

    [Fact]
    public void ALargeRateIsNotNamedLikeASmallOne() =>
        Assert.Equal(
            ["x-learningRate-1.0e+2", "x-learningRate-1.0e-2"],
            Load(Valid + "matrix: { train.learningRate: [1.0e+2, 1.0e-2] }").Runs.Select(run => run.Name));

    [Fact]
    public void AMatrixErrorIsToldOnceAtItsValue()
    {
        var error = Assert.Single(Load(Valid + "matrix:\n  train.epochs: [1, 0]\n  seed: [1, 2, 3]").Errors);
        Assert.Equal((5, 21, "train.epochs"), (error.Line, error.Column, error.Key));
    }

    [Fact]
    public void AMatrixBeyondReasonIsRefusedWithoutCountingIt()
    {
        var hundred = string.Join(", ", Enumerable.Range(1, 100));
        var keys = string.Join(
            ", ",
            new[]
            {
                "seed", "train.seed", "head.seed", "data.seed", "backbone.seed", "evaluate.seed", "train.epochs", "train.batchSize"
            }.Select(
                key => $"{key}: [{hundred}]"));
        Assert.Contains("10000 combinations", Assert.Single(Load($"{Valid}matrix: {{ {keys} }}").Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSeedIsForAllSeedsThatAreNotGiven()
    {
        var settings = Load(Valid + "seed: 7\ntrain: { seed: 8 }\nevaluate: { learningPhase: true }").Runs[0].Settings;
        Assert.Equal(
            (7, 7, 7, 8, 7, 7),
            (
                settings.Data.Options.Seed,
                settings.Backbone.Seed,
                settings.Head.Seed,
                settings.Train.Seed,
                settings.Evaluate.Seed,
                settings.Evaluate.LearningPhase!.Seed));
    }

    [Fact]
    public void OverridesTakeThePlaceOfTheFilesAndOfTheMatrix()
    {
        var experiment = Load(
            Valid + "train: { epochs: 5 }\nmatrix: { train.seed: [1, 2], freeze.mode: [Legacy, None] }",
            "train.epochs=3", "train.seed=9", "data.class=[a, b]", "evaluate.learningPhase.steps=2", "matrix.head.dropout=[0, 0.5]");
        Assert.Empty(experiment.Errors);
        Assert.Equal(4, experiment.Runs.Count);
        Assert.All(
            experiment.Runs,
            run =>
                Assert.Equal((3, 9, 2), (run.Settings.Train.Epochs, run.Settings.Train.Seed, run.Settings.Evaluate.LearningPhase!.Steps)));
        Assert.Equal(["a", "b"], experiment.Runs[0].Settings.Data.Options.Classes!);
        Assert.Equal([0, 0.5, 0, 0.5], experiment.Runs.Select(run => run.Settings.Head.Head.Dropout));
    }

    [Theory]
    [InlineData("train.epoch=3", "-Set train.epoch=3: train.epoch: no such key. Did you mean 'train.epochs'?")]
    [InlineData("train.epochs=many", "-Set train.epochs=many: train.epochs: expected a whole number, found 'many'.")]
    [InlineData("train.epochs", "-Set train.epochs: expected key=value, as in train.epochs=3.")]
    [InlineData("train.epochs=", "-Set train.epochs=: train.epochs: expected a whole number, found nothing.")]
    [InlineData("train.phase=[]", "-Set train.phase=[]: train.phase: no such key. A part of a run is a stage: write 'stages'.")]
    [InlineData("epochs=3", "-Set epochs=3: epochs: no such key. Did you mean 'train.epochs'?")]
    [InlineData("epoch=3", "-Set epoch=3: epoch: no such key. Did you mean 'train.epochs'?")]
    [InlineData("mode=None", "-Set mode=None: mode: no such key. Did you mean 'freeze.mode'?")]
    [InlineData(
        "batchSize=3",
        "-Set batchSize=3: batchSize: no such key. Nearest: train.batchSize, evaluate.batchSize, evaluate.learningPhase.batchSize.")]
    [InlineData("matrix.epochs=[1]", "-Set matrix.epochs=[1]: matrix.epochs: no such key to vary. Did you mean 'train.epochs'?")]
    public void AWrongOverrideIsNamed(string text, string message) =>
        Assert.StartsWith(message, Assert.Single(Load(Valid, text).Errors).ToString(), StringComparison.Ordinal);

    [Fact]
    public void TextThatIsNoMapIsNoExperiment() =>
        Assert.Contains("expected a map", Assert.Single(Load("- a").Errors).Message, StringComparison.Ordinal);

    [Fact]
    public void OfHundredsOfErrorsTheFirstAreToldAndHowManyMore()
    {
        var experiment = Load(string.Concat(Enumerable.Range(1, 200).Select(number => $"key{number}: 1\n")));
        ExperimentCheck.Run(experiment, TestContext.Current.CancellationToken);
        Assert.Equal(101, experiment.Errors.Count);
        Assert.Contains("more errors, which aren't listed", experiment.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Contains(
            " errors. Nothing was run.", Assert.Throws<PSTransferException>(experiment.RequireValid).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANamedPipeIsRefusedWithoutWaiting()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' pipes aren't files.");
        var path = _folder.File("pipe.yml");
        System.Diagnostics.Process.Start("mkfifo", [path]).WaitForExit();
        Assert.Contains(
            "a named pipe", Assert.Throws<PSTransferException>(() => Experiment.Load(path, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AllErrorsAreInOneRefusal()
    {
        var fault = Assert.Throws<PSTransferException>(Load(Valid + "train: { epochs: 0, batchSize: 0 }").RequireValid);
        Assert.Equal(FaultKind.InvalidData, fault.Kind);
        Assert.Contains("2 errors", fault.Message, StringComparison.Ordinal);
        Assert.Contains("train.batchSize: must be", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SettingsThatWereWrittenAreReadAgain()
    {
        var before = Load("""
            name: all
            seed: 3
            data: { table: ../labels.csv, path: file, label: kind, basePath: ../images, format: table, class: ["0", cat], samplesPerClass: 5, imageSize: [8, 9], resize: pad, channels: 1, first: true, skipInvalid: true, validation: { path: other } }
            backbone: { name: resnet20, weights: fashion, format: Safetensors, weightSet: ema, inputShape: [28, 28, 3], device: cpu, seed: 4 }
            head: { classCount: 2, pooling: max, hiddenUnits: [8, 4], dropout: 0.25 }
            freeze: { framework: keras3, layer: "conv*" }
            train:
              { epochs: 4, stepsPerEpoch: 3, batchSize: 8, optimizer: sgd, learningRate: 0.1, schedule: step, warmupSteps: 1, decayEpochs: 2, decayFactor: 0.5, layerRate: { "head.*": 10 },
                momentum: 0.9, nesterov: true, weightDecay: 1e-4, clipNorm: 1, accumulationSteps: 2, weightAverage: 0.9, batchNormMomentum: 0.9, loss: CategoricalCrossEntropy, labelSmoothing: 0.1,
                classWeight: auto, augmentation: [Flip, "Rotation:15"], cachedDraws: 3, featureCache: off, earlyStopping: 2, restoreBest: true, stages: [{ mode: none, layer: [a, b], epochs: 1, learningRate: 0.5 }, { mode: none }],
                checkpointPath: "{run}/c.safetensors", logPath: "{run}/log.jsonl", tensorBoardPath: "{run}/events", resume: true, strict: true }
            evaluate: { phase: training, batchSize: 4, top: 2, learningPhase: { steps: 2, shuffles: 1, tolerance: 0.1, sensitivity: true }, save: model.safetensors }
            """);
        Assert.Empty(before.Errors);
        Directory.CreateDirectory(_folder.File("deeper/still"));
        var again = Experiment.Load(Write(before.Runs[0].Describe(_folder.File("deeper/still")), "deeper/still/y.yml"), []);
        Assert.Empty(again.Errors);
        Assert.Equal(before.Runs[0].Describe("/"), again.Runs[0].Describe("/"));
        Assert.Equal(
            (before.Runs[0].Settings.Data.Table, before.Runs[0].Settings.Data.Options.BasePath),
            (again.Runs[0].Settings.Data.Table, again.Runs[0].Settings.Data.Options.BasePath));
        Assert.Equal(before.Runs[0].Settings.Data.Validation!.Path, again.Runs[0].Settings.Data.Validation!.Path);

        // Every key was in the file, so that none can be forgotten in reading and writing alike.
        var unset = ExperimentKeys.All.Where(one =>
            one.Path is not ("output" or "matrix" or "data.split" or "freeze.mode" or "freeze.first")
                && !one.Path.StartsWith("data.split.", StringComparison.Ordinal)
                && !one.Path.StartsWith("data.validation.", StringComparison.Ordinal) && one.Path != "train.stages.first")
                    .Where(one => !Has(again.Runs[0].Document, one.Path.Split('.')));
        Assert.Empty(unset.Select(one => one.Path));
    }

    private static bool Has(YamlNode node, ReadOnlySpan<string> path) =>
        path.Length == 0
            || ((node is YamlList list ? list.Items[0] : node) is YamlMap map
                && map.Find(path[0]) is { } entry
                && Has(entry.Value, path[1..]));

    private Experiment Load(string text, params string[] overrides) => Experiment.Load(Write(text, "x.yml"), overrides);

    private string Write(string text, string name)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
