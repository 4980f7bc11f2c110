namespace PSTransfer.Core.Tests.Experiments;

/// <summary>What the check tells before a run.</summary>
public sealed partial class ExperimentRunnerTests
{
    [Theory]
    [InlineData("data.path", "data.path=nowhere", "there is no such file or folder")]
    [InlineData("data.class", "data.class=[0, kat]", "unknown class 'kat'")]
    [InlineData("data.samplesPerClass", "data.samplesPerClass=99", "")]
    [InlineData(
        "data.imageSize",
        "data.imageSize=9",
        "the model takes 8×8×3: import them with data.imageSize: [8, 8], or build the model with backbone.inputShape: [9, 9, 3].")]
    [InlineData(
        "data.split.validation", "data={path: images, split: {validation: 0.001}}", "Change data.split.validation or add images.")]
    [InlineData("data.validation.path", "data.validation={path: nowhere}", "there is no such file or folder")]
    [InlineData("backbone.weights", "backbone.weights=imagenet", "resnet20 knows: fashion")]
    [InlineData("backbone.device", "backbone.device=abacus", "abacus")]
    [InlineData("backbone.inputShape", "backbone.inputShape=2", "")]
    [InlineData("head.classCount", "head.classCount=3", "Use head.classCount: 2, or choose classes with data.class.")]
    [InlineData("freeze.layer", "freeze.layer=conv99", "matches freeze.layer 'conv99'")]
    [InlineData("freeze.first", "freeze.first=9999", "must be from 1 to")]
    [InlineData("train.stages[1].layer", "train.stages=[{mode: None, layer: nothing}]", "matches train.stages.layer 'nothing'")]
    [InlineData("train.stages[2].first", "train.stages=[{epochs: 1}, {mode: None, first: 9999}]", "must be from 1 to")]
    [InlineData("train.layerRate", "train.layerRate={nothing: 2}", "matches train.layerRate 'nothing'")]
    [InlineData("train.warmupSteps", "train.warmupSteps=9999", "leaves nothing")]
    [InlineData(
        "train.loss",
        "train.loss=BinaryCrossEntropy",
        "needs one logit, but the head has ClassCount 2. Leave train.loss at Auto, or change the head.")]
    [InlineData("train.augmentation", "train.augmentation=Mixup;head.classCount=1", "Leave Mixup out, or use head.classCount: 2.")]
    [InlineData("train", "freeze={mode: Inference, layer: '*'}", "Unfreeze some (freeze.mode: None and freeze.layer ...).")]
    [InlineData("train.checkpointPath", "train.checkpointPath=no/such/folder/c", "doesn't exist; create it first")]
    [InlineData("train.logPath", "train.logPath=x.yml/{run}/log", "x.yml is a file; give the path of a folder")]
    [InlineData("train.tensorBoardPath", "train.tensorBoardPath=x.yml", "x.yml is a file; give the path of a folder")]
    [InlineData("output", "output=x.yml", "x.yml is a file; give the path of a folder")]
    [InlineData("output", "output=x.yml/results", "x.yml is a file; give the path of a folder")]
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

    [Theory]
    [InlineData("train:\n  layerRate:\n    head.*: 2\n    layer9.*: 3\n", 13, 5)]
    [InlineData("train:\n  stages:\n    - mode: None\n      layer: [conv1, layer9.*]\n    - first: 9999\n      mode: None\n", 13, 22)]
    [InlineData("train:\n  stages:\n    - epochs: 3\n    - first: 9999\n      mode: None\n", 13, 14)]
    public void WhatNamesNoLayerIsToldInItsOwnLine(string train, int line, int column)
    {
        File.WriteAllText(_folder.File("x.yml"), Small.Replace("train: {", "# train: {", StringComparison.Ordinal) + "\n" + train);
        var experiment = Experiment.Load(_folder.File("x.yml"), []);
        ExperimentCheck.Run(experiment, Token);
        var error = Assert.Single(experiment.Errors);
        Assert.Equal((line, column), (error.Line, error.Column));
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
            Observer = new Observing(preparing: (what, _) =>
            {
                told.Add(what);
                stop.Cancel();
            }),
        };
        Assert.Throws<OperationCanceledException>(() => runner.Run(experiment.Runs[0], force: false, stop.Token));
        Assert.Equal(["content of images"], told);
    }

    [Fact]
    public void AFolderOfEventsMayBeThereAlready()
    {
        Directory.CreateDirectory(_folder.File("events"));
        File.WriteAllText(_folder.File("x.yml"), Small);
        var experiment = Experiment.Load(_folder.File("x.yml"), ["train.tensorBoardPath=events"]);
        ExperimentCheck.Run(experiment, Token);
        Assert.Empty(experiment.Errors);
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
}
