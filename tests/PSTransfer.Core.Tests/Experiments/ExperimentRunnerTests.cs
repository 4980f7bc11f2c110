namespace PSTransfer.Core.Tests.Experiments;

public sealed partial class ExperimentRunnerTests : IDisposable
{
    private const string Small = """
        seed: 1
        data: { path: images, class: [0, 1], imageSize: 8, validation: same }
        backbone: { name: resnet20, inputShape: 8 }
        head: { classCount: 2, dropout: 0.5 }
        freeze: { mode: Inference }
        train: { epochs: 2, batchSize: 8, augmentation: [Flip] }
        evaluate: { learningPhase: { shuffles: 1 } }
        output: results

        """;

    private readonly TempFolder _folder = new();

    public ExperimentRunnerTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        Images(1);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARunIsStoredAndFoundAgain()
    {
        var first = Run(Small).Single();
        Assert.NotNull(first.Training);
        Assert.Equal(
            ["experiment.yml", "result.json"], Directory.GetFiles(first.Folder!).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var again = Run(Small).Single();

        Assert.Null(again.Training);
        Assert.Equal(first.Folder, again.Folder);
        Assert.Equal(first.Record.ToJson(), again.Record.ToJson());
        Assert.Equal(first.Record.LearningPhase!.TotalGap, again.Record.LearningPhase!.TotalGap);
        Assert.Equal(first.Record.History, again.Record.History);
        Assert.Equal("0.1.0", again.Record.Versions.PSTransfer);
        Assert.NotNull(Run(Small, force: true).Single().Training);
    }

    [Fact]
    public void OtherSettingsAndOtherImagesAreOtherRuns()
    {
        var folders = new HashSet<string> { Run(Small).Single().Folder! };
        Assert.True(folders.Add(Run(Small.Replace("epochs: 2", "epochs: 1", StringComparison.Ordinal)).Single().Folder!));
        Images(2);
        var other = Run(Small).Single();
        Assert.NotNull(other.Training);
        Assert.True(folders.Add(other.Folder!));
    }

    [Fact]
    public void AStoredRunRepeatsFromItsOwnFile()
    {
        var runs = Run(Small + "matrix: { freeze.mode: [Legacy, Inference], train.seed: [1, 2] }");
        var stored = runs[2];
        var again = Run(Path.Combine(stored.Folder!, "experiment.yml"), [], force: false).Single();

        Assert.NotNull(again.Training);
        Assert.Equal(stored.Run.Name, again.Run.Name);
        Assert.Equal(stored.Record.DataHash, again.Record.DataHash);
        Assert.Equal(
            stored.Record.History.Select(epoch => (epoch.Loss, epoch.ValidationLoss)),
            again.Record.History.Select(epoch => (epoch.Loss, epoch.ValidationLoss)));
        Assert.Equal(stored.Record.Measurement.Loss, again.Record.Measurement.Loss);
        Assert.Equal(4, runs.Select(run => run.Record.Measurement.Loss).Distinct().Count());
    }

    [Theory]
    [InlineData("output: results\n", "")]
    [InlineData("output: results\n", "output=elsewhere")]
    [InlineData("", "")]
    public void AStoredRunRepeatsWithFilesOfItsOwn(string output, string overrides)
    {
        var text = WithFiles(Small.Replace("output: results\n", output, StringComparison.Ordinal));
        var first = Run(text).Single();
        var file = _folder.File("x.yml");
        if (first.Folder is not null)
        {
            file = Path.Combine(first.Folder, "experiment.yml");
            Assert.Equal(
                ["checkpoint.safetensors", "events", "experiment.yml", "log.jsonl", "model.safetensors", "result.json"],
                Directory.GetFileSystemEntries(first.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }

        // Twice: folders that are there already are no obstacle either.
        for (var i = 0; i < 2; i++)
        {
            var again = Run(file, [.. overrides.Split(';', StringSplitOptions.RemoveEmptyEntries)], force: true).Single();
            Assert.NotNull(again.Training);
            Assert.Equal(first.Record.Measurement.Loss, again.Record.Measurement.Loss);
        }
    }

    [Fact]
    public void ARunWhoseModelIsGoneIsRunAgain()
    {
        var text = WithFiles(Small);
        var first = Run(text).Single();
        var model = Path.Combine(first.Folder!, "model.safetensors");
        Assert.Null(Run(text).Single().Training);
        File.Delete(model);
        var warnings = new List<string>();

        Assert.NotNull(Run(text, warnings: warnings).Single().Training);

        Assert.Contains($"x: run before, but its model isn't at {model} any more: it is run again.", warnings);
        Assert.True(File.Exists(model));
    }

    [Fact]
    public void FiguresOfAnotherVersionAreTakenWithAWarning()
    {
        var text = Small + "matrix: { seed: [1, 2] }";
        foreach (var run in Run(text))
        {
            var path = Path.Combine(run.Folder!, "result.json");
            File.WriteAllText(
                path, File.ReadAllText(path).Replace("\"PSTransfer\": \"0.1.0\"", "\"PSTransfer\": \"0.0.1\"", StringComparison.Ordinal));
        }

        var warnings = new List<string>();
        Assert.All(Run(text, warnings: warnings), run => Assert.Null(run.Training));
        Assert.Equal(
            "x-seed-1: run before by PSTransfer 0.0.1, and such figures are taken as they are; this is 0.1.0. -Force runs again.",
            Assert.Single(warnings));
    }

    [Fact]
    public void AStoredRunWarnsOfOtherImagesAndWeights()
    {
        using var network = TransferNetwork.Create(Core.Backbones.BackboneCatalogue.Find("resnet20"), new(8, 8, 3), seed: 1);
        ModelExport.Save(network, _folder.File("weights.safetensors"), ExportFormat.Model, overwrite: false);
        var stored = Run(Small.Replace("resnet20,", "resnet20, weights: weights.safetensors,", StringComparison.Ordinal)).Single();
        var file = Path.Combine(stored.Folder!, "experiment.yml");
        var warnings = new List<string>();
        Run(file, [], force: false, warnings);
        Assert.DoesNotContain(warnings, warning => warning.Contains("SHA-256", StringComparison.Ordinal));

        Images(2);
        using var other = TransferNetwork.Create(Core.Backbones.BackboneCatalogue.Find("resnet20"), new(8, 8, 3), seed: 2);
        ModelExport.Save(other, _folder.File("weights.safetensors"), ExportFormat.Model, overwrite: true);
        Run(file, [], force: false, warnings);

        var result = Path.Combine(stored.Folder!, "result.json");
        Assert.Contains(
            warnings,
            warning =>
                warning.StartsWith("x: the images (SHA-256 ", StringComparison.Ordinal)
                    && warning.Contains($"aren't those that {result} was made with ({stored.Record.DataHash})", StringComparison.Ordinal));
        Assert.Contains(
            warnings,
            warning =>
                warning.StartsWith("x: the weights (SHA-256 ", StringComparison.Ordinal)
                    && warning.Contains(
                        $"aren't those that {result} was made with ({stored.Record.WeightsHash})", StringComparison.Ordinal));
    }

    [Fact]
    public void ARunIsNotLostWhereItsFilesCannotBeWrittenAtItsEnd()
    {
        var warnings = new List<string>();
        var text = Small.Replace("evaluate: {", "evaluate: { save: models/m.safetensors,", StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.File("models"));

        var outcome = Run(text, warnings: warnings, stepped: _ =>
        {
            foreach (var gone in new[] { "models", "results" }.Select(_folder.File).Where(Directory.Exists))
            {
                Directory.Delete(gone, recursive: true);
            }
        }).Single();

        Assert.NotNull(outcome.Training);
        Assert.Null(outcome.Folder);
        Assert.Equal(2, outcome.Record.History.Count);
        Assert.Contains(
            warnings,
            warning =>
                warning.StartsWith(_folder.File("models/m.safetensors"), StringComparison.Ordinal)
                    && warning.Contains("Export-TransferModel can save it elsewhere", StringComparison.Ordinal));
        Assert.Contains(
            warnings,
            warning =>
                warning.Contains("experiment.yml", StringComparison.Ordinal)
                    && warning.EndsWith("The result has the figures; next time the run is run again.", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatCannotBeWrittenIsToldBeforeTraining()
    {
        var steps = 0;
        var text = Small.Replace("evaluate: {", $"evaluate: {{ save: {new string('m', 300)},", StringComparison.Ordinal);
        Assert.Equal(FaultKind.WriteFailed, Assert.Throws<PSTransferException>(() => Run(text, stepped: _ => steps++)).Kind);
        Assert.Equal(0, steps);
    }

    [Fact]
    public void WarningsAndErrorsOfARunNameKeys()
    {
        var warnings = new List<string>();
        var text = Small.Replace("mode: Inference", "mode: Legacy", StringComparison.Ordinal)
            .Replace("epochs: 2,", "epochs: 1, optimizer: SGD, learningRate: 3.0e+38,", StringComparison.Ordinal);
        var fault = Assert.Throws<PSTransferException>(() => Run(text, warnings: warnings));
        Assert.Equal(FaultKind.Diverged, fault.Kind);
        Assert.StartsWith("x: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Lower train.learningRate by 10, or use train.optimizer Adam;", fault.Message, StringComparison.Ordinal);
        Assert.Contains(
            warnings, warning => warning.Contains("Give backbone.weights fashion for transfer learning.", StringComparison.Ordinal));
        Assert.Contains(
            warnings,
            warning => warning.Contains("freeze.mode: Inference avoids it; Test-LearningPhase measures it.", StringComparison.Ordinal));

        Run(Small.Replace("mode: Inference", "mode: None", StringComparison.Ordinal), warnings: warnings);
        Assert.Contains(warnings, warning => warning.Contains("or set train.batchNormMomentum to", StringComparison.Ordinal));
        Assert.All(warnings, warning => Assert.StartsWith("x: ", warning, StringComparison.Ordinal));
        Assert.DoesNotContain(warnings, warning => warning.Contains(" -", StringComparison.Ordinal));
    }

    [Fact]
    public void ARunBeginsOnlyWhereItIsWantedAndOneThatIsStoredIsNotAskedFor()
    {
        Run(Small + "matrix: { seed: [1] }");
        File.WriteAllText(_folder.File("x.yml"), Small + "matrix: { seed: [1, 2] }");
        var experiment = Experiment.Load(_folder.File("x.yml"), []);
        var asked = new List<string>();
        var runner = new ExperimentRunner(experiment) { Start = run => { asked.Add(run.Name); return false; } };

        Assert.Null(runner.Run(experiment.Runs[0], force: false, Token)!.Training);
        Assert.Null(runner.Run(experiment.Runs[1], force: false, Token));
        Assert.Equal(["x-seed-2"], asked);
        Assert.Single(Directory.GetDirectories(_folder.File("results")));
    }

    [Fact]
    public void NothingIsDownloadedForARunThatIsNotWanted()
    {
        File.WriteAllText(
            _folder.File("x.yml"),
            Small.Replace("name: resnet20, inputShape: 8", "name: resnet18, inputShape: 32, weights: imagenet", StringComparison.Ordinal));
        var experiment = Experiment.Load(_folder.File("x.yml"), []);
        var runner = new ExperimentRunner(experiment) { Start = _ => false, Fetch = _ => throw new InvalidOperationException("fetched") };
        Assert.Null(runner.Run(experiment.Runs[0], force: false, Token));
    }

    [Fact]
    public void ADamagedRecordIsRunAgainWithAWarning()
    {
        var first = Run(Small).Single();
        File.WriteAllText(Path.Combine(first.Folder!, "result.json"), """{ "Run": 3""");
        var warnings = new List<string>();
        Assert.NotNull(Run(Small, warnings: warnings).Single().Training);
        Assert.Contains(warnings, warning => warning.Contains("result.json can't be used", StringComparison.Ordinal));
    }

    [Fact]
    public void AStoppedRunGoesOnFromItsCheckpoint()
    {
        var text = Small.Replace(
            "epochs: 2,", "epochs: 4, checkpointPath: \"results/{run}/checkpoint.safetensors\", resume: true,", StringComparison.Ordinal);
        var whole = Run(text).Single();
        Directory.Delete(_folder.File("results"), recursive: true);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Assert.Throws<OperationCanceledException>(() =>
            Run(text, stepped: epoch => { if (epoch == 3) { stop.Cancel(); } }, token: stop.Token));
        Assert.False(File.Exists(Path.Combine(whole.Folder!, "result.json")));
        Assert.True(File.Exists(Path.Combine(whole.Folder!, "checkpoint.safetensors")));
        var epochs = new HashSet<int>();
        var resumed = Run(text, stepped: epoch => epochs.Add(epoch)).Single();

        Assert.Equal([3, 4], epochs.Order());
        Assert.Equal(whole.Record.Measurement.Loss, resumed.Record.Measurement.Loss);
        Assert.Equal(whole.Record.History.Select(epoch => epoch.Loss), resumed.Record.History.Select(epoch => epoch.Loss));
    }

    [Fact]
    public void TheModelIsSavedWhereAskedAndNotOverAnother()
    {
        var text = Small.Replace("output: results", string.Empty, StringComparison.Ordinal)
            .Replace("evaluate: {", "evaluate: { save: model.safetensors,", StringComparison.Ordinal);
        Assert.Null(Run(text).Single().Folder);
        using var saved = ModelFile.Load(_folder.File("model.safetensors"));
        Assert.Equal(2, saved.Head!.ClassCount);
        Assert.Equal(FaultKind.AlreadyExists, Assert.Throws<PSTransferException>(() => Run(text)).Kind);
        Assert.NotNull(Run(text, force: true).Single().Training);
    }

    [Fact]
    public void WhatSystemsLeaveBesideAModelIsNoPartOfIt()
    {
        var model = Directory.CreateDirectory(_folder.File("tfjs")).FullName;
        foreach (var name in new[] { "model.json", "group1-shard1of1.bin", ".DS_Store", "._model.json", "Thumbs.db", "desktop.ini" })
        {
            File.WriteAllText(Path.Combine(model, name), name);
        }

        Assert.Equal(["group1-shard1of1.bin", "model.json"], ExperimentRunner.FilesOf(model).Select(Path.GetFileName));
    }

    [Fact]
    public void RunsOfTheSameImagesShareThem()
    {
        var runs = Run(Small + "matrix: { train.seed: [1, 2] }");
        Assert.Same(runs[0].Training!.Images, runs[1].Training!.Images);
    }

    /// <summary>All files that a run can have, in the folder that stands for it.</summary>
    private static string WithFiles(string text) => text
        .Replace(
            "epochs: 2,",
            "epochs: 2, checkpointPath: \"results/{run}/checkpoint.safetensors\", logPath: \"results/{run}/log.jsonl\", "
            + "tensorBoardPath: \"results/{run}/events\",",
            StringComparison.Ordinal)
        .Replace("evaluate: {", "evaluate: { save: \"results/{run}/model.safetensors\",", StringComparison.Ordinal);

    /// <summary>Sixteen images of 8×8 in two classes.</summary>
    private void Images(int seed)
    {
        var pixels = new byte[16 * 8 * 8];
        new Random(seed).NextBytes(pixels);
        File.WriteAllBytes(_folder.File("images/train-images-idx3-ubyte"), [.. DatasetFiles.Idx(0x803, 16, 8, 8), .. pixels]);
        File.WriteAllBytes(
            _folder.File("images/train-labels-idx1-ubyte"), DatasetFiles.IdxLabels([.. Enumerable.Range(0, 16).Select(i => i % 2)]));
    }

    private List<ExperimentOutcome> Run(
        string text, bool force = false, List<string>? warnings = null, Action<int>? stepped = null, CancellationToken? token = null)
    {
        File.WriteAllText(_folder.File("x.yml"), text);
        return Run(_folder.File("x.yml"), [], force, warnings, stepped, token);
    }

    private static List<ExperimentOutcome> Run(
        string path,
        string[] overrides,
        bool force,
        List<string>? warnings = null,
        Action<int>? stepped = null,
        CancellationToken? token = null)
    {
        var experiment = Experiment.Load(path, overrides);
        ExperimentCheck.Run(experiment, Token);
        experiment.RequireValid();
        var runner = new ExperimentRunner(
            experiment) { Observer = new Observing(progress => stepped?.Invoke(progress.Epoch), warning => warnings?.Add(warning)) };
        var outcomes = experiment.Runs.Select(run => runner.Run(run, force, token ?? Token)!).ToList();
        outcomes.ForEach(outcome => outcome.Training?.Network.Dispose());
        return outcomes;
    }
}
