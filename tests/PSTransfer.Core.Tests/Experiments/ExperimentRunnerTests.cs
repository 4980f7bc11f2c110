using PSTransfer.Core.Experiments;
using PSTransfer.Core.Models;
using PSTransfer.Core.Tests.Data;
using PSTransfer.Core.Tests.Files;
using Xunit;

namespace PSTransfer.Core.Tests.Experiments;

public sealed class ExperimentRunnerTests : IDisposable
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
        Assert.Equal(["experiment.yml", "result.json"], Directory.GetFiles(first.Folder!).Select(Path.GetFileName).Order(StringComparer.Ordinal));

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
        Assert.Equal(stored.Record.History.Select(epoch => (epoch.Loss, epoch.ValidationLoss)), again.Record.History.Select(epoch => (epoch.Loss, epoch.ValidationLoss)));
        Assert.Equal(stored.Record.Measurement.Loss, again.Record.Measurement.Loss);
        Assert.Equal(4, runs.Select(run => run.Record.Measurement.Loss).Distinct().Count());
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
        var text = Small.Replace("epochs: 2,", "epochs: 4, checkpointPath: \"results/{run}/checkpoint.safetensors\", resume: true,", StringComparison.Ordinal);
        var whole = Run(text).Single();
        Directory.Delete(_folder.File("results"), recursive: true);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Assert.Throws<OperationCanceledException>(() => Run(text, stepped: epoch => { if (epoch == 3) { stop.Cancel(); } }, token: stop.Token));
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
        var text = Small.Replace("output: results", string.Empty, StringComparison.Ordinal).Replace("evaluate: {", "evaluate: { save: model.safetensors,", StringComparison.Ordinal);
        Assert.Null(Run(text).Single().Folder);
        using var saved = ModelFile.Load(_folder.File("model.safetensors"));
        Assert.Equal(2, saved.Head!.ClassCount);
        Assert.Equal(FaultKind.AlreadyExists, Assert.Throws<PSTransferException>(() => Run(text)).Kind);
        Assert.NotNull(Run(text, force: true).Single().Training);
    }

    [Theory]
    [InlineData("data.path", "data.path=nowhere", "there is no such file or folder")]
    [InlineData("data.class", "data.class=[0, kat]", "unknown class 'kat'")]
    [InlineData("data.samplesPerClass", "data.samplesPerClass=99", "")]
    [InlineData("data.imageSize", "data.imageSize=9", "the model takes 8×8×3")]
    [InlineData("data.validation.path", "data.validation={path: nowhere}", "there is no such file or folder")]
    [InlineData("backbone.weights", "backbone.weights=imagenet", "resnet20 knows: fashion")]
    [InlineData("backbone.device", "backbone.device=abacus", "abacus")]
    [InlineData("backbone.inputShape", "backbone.inputShape=2", "")]
    [InlineData("head.classCount", "head.classCount=3", "fits a dataset of 3 classes")]
    [InlineData("freeze.layer", "freeze.layer=conv99", "matches freeze.layer 'conv99'")]
    [InlineData("freeze.first", "freeze.first=9999", "must be from 1 to")]
    [InlineData("train.phase", "train.phase=[{mode: None, layer: nothing}]", "matches train.phase.layer 'nothing'")]
    [InlineData("train.warmupSteps", "train.warmupSteps=9999", "leaves nothing")]
    [InlineData("train.loss", "train.loss=BinaryCrossEntropy", "needs one logit")]
    [InlineData("train.checkpointPath", "train.checkpointPath=no/such/folder/c", "doesn't exist; create it first")]
    [InlineData("train.strict", "freeze.mode=Legacy;train.strict=true", "BatchNorm")]
    public void TheCheckTellsWhatOnlyFilesAndTheNetworkCan(string key, string overrides, string message)
    {
        File.WriteAllText(_folder.File("x.yml"), Small);
        var experiment = Experiment.Load(_folder.File("x.yml"), overrides.Split(';'));
        Assert.Empty(experiment.Errors);
        ExperimentCheck.Run(experiment, Token);
        var error = Assert.Single(experiment.Errors);
        Assert.Equal(key, error.Key);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheCheckWritesNothing()
    {
        File.WriteAllText(_folder.File("x.yml"), Small);
        var experiment = Experiment.Load(_folder.File("x.yml"), ["train.featureCache=features"]);
        ExperimentCheck.Run(experiment, Token);
        Assert.Empty(experiment.Errors);
        Assert.Equal(["images", "x.yml"], _folder.Names());
    }

    [Fact]
    public void HashingTheImagesIsToldAndCanBeStopped()
    {
        File.WriteAllText(_folder.File("x.yml"), Small);
        var experiment = Experiment.Load(_folder.File("x.yml"), []);
        using var stop = new CancellationTokenSource();
        List<string> told = [];
        var runner = new ExperimentRunner(experiment)
        {
            Working = (what, _) =>
            {
                told.Add(what);
                stop.Cancel();
            },
        };
        Assert.Throws<OperationCanceledException>(() => runner.Run(experiment.Runs[0], force: false, stop.Token));
        Assert.Equal(["content of images"], told);
    }

    [Fact]
    public void SeveralRunsCannotWriteOneFile()
    {
        File.WriteAllText(_folder.File("x.yml"), Small + "matrix: { seed: [1, 2, 3] }");
        var experiment = Experiment.Load(_folder.File("x.yml"), ["train.checkpointPath=c.safetensors", "evaluate.save=m.safetensors"]);
        ExperimentCheck.Run(experiment, Token);
        Assert.Equal(["train.checkpointPath", "evaluate.save"], experiment.Errors.Select(error => error.Key));
        Assert.All(experiment.Errors, error => Assert.Contains("same file for 3 runs. Put {run}", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void RunsOfTheSameImagesShareThem()
    {
        var runs = Run(Small + "matrix: { train.seed: [1, 2] }");
        Assert.Same(runs[0].Training!.Images, runs[1].Training!.Images);
    }

    /// <summary>Sixteen images of 8×8 in two classes.</summary>
    private void Images(int seed)
    {
        var pixels = new byte[16 * 8 * 8];
        new Random(seed).NextBytes(pixels);
        File.WriteAllBytes(_folder.File("images/train-images-idx3-ubyte"), [.. DatasetFiles.Idx(0x803, 16, 8, 8), .. pixels]);
        File.WriteAllBytes(_folder.File("images/train-labels-idx1-ubyte"), DatasetFiles.IdxLabels([.. Enumerable.Range(0, 16).Select(i => i % 2)]));
    }

    private List<ExperimentOutcome> Run(string text, bool force = false, List<string>? warnings = null, Action<int>? stepped = null, CancellationToken? token = null)
    {
        File.WriteAllText(_folder.File("x.yml"), text);
        return Run(_folder.File("x.yml"), [], force, warnings, stepped, token);
    }

    private static List<ExperimentOutcome> Run(string path, string[] overrides, bool force, List<string>? warnings = null, Action<int>? stepped = null, CancellationToken? token = null)
    {
        var experiment = Experiment.Load(path, overrides);
        ExperimentCheck.Run(experiment, Token);
        experiment.RequireValid();
        var runner = new ExperimentRunner(experiment) { Warn = warning => warnings?.Add(warning), Stepped = progress => stepped?.Invoke(progress.Epoch) };
        var outcomes = experiment.Runs.Select(run => runner.Run(run, force, token ?? Token)).ToList();
        outcomes.ForEach(outcome => outcome.Training?.Network.Dispose());
        return outcomes;
    }
}
