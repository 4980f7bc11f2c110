using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Models.Matching;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer.KillAndResume;

/// <summary>
/// The run that is killed: the bundled resnet20 on the bundled clothes. First the head learns, then the last stage too, its moving
/// statistics moving; Adam, one cycle, an average of the weights, the best epoch kept, augmentation and dropout. All that a checkpoint
/// has to bring back is in play.
/// </summary>
internal static class Job
{
    /// <summary>Of the whole run.</summary>
    public const int Epochs = 6;

    /// <summary>Where in the folder the run writes its checkpoint.</summary>
    public const string Checkpoint = "run.checkpoint";

    /// <summary>Where in the folder it leaves the model at its end.</summary>
    public const string Model = "model.safetensors";

    private const int TrainingPerClass = 20;
    private const int ValidationPerClass = 10;

    private static readonly string _assets = Path.Combine(Root(AppContext.BaseDirectory), "assets");

    /// <summary>Begins the run, or goes on with the one that the folder holds.</summary>
    public static void Run(string folder)
    {
        var training = Sample("train-images-idx3-ubyte.gz", TrainingPerClass);
        var validation = Sample("t10k-images-idx3-ubyte.gz", ValidationPerClass);
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(28, 28, 3), seed: null);
        BackboneWeights.Load(network, Path.Combine(_assets, "resnet20-fashion.safetensors"));
        network.SetHead(new Head { ClassCount = training.Classes.Count, HiddenUnits = [16], Dropout = 0.3 }, seed: 1);
        var options = new TrainingOptions
        {
            BatchSize = 25,
            Optimizer = OptimizerKind.Adam,
            LearningRate = 0.003,
            Schedule = ScheduleKind.OneCycle,
            WeightAverage = 0.9,
            RestoreBest = true,
            BatchNormMomentum = 0.9,
            Augmentation = Augmentation.Parse(["Flip", "Crop:2", "Rotation:10"]),
            Stages = [
                new() { Mode = FreezeMode.Inference, Epochs = 2 },
                new() { Mode = FreezeMode.None, LayerPatterns = ["layer3*"], Epochs = Epochs - 2, LearningRate = 0.001 }
            ],
            CheckpointPath = Path.Combine(folder, Checkpoint),
            Resume = true,
        };
        new Trainer(network, options).Fit(training, validation, CancellationToken.None);
        ModelFile.Save(network, Path.Combine(folder, Model), overwrite: true);
    }

    private static LabeledImages Sample(string file, int perClass) =>
        LabeledImages.Import(
            Path.Combine(_assets, "fashion-sample", file), new ImageDatasetOptions { SamplesPerClass = perClass, First = true });

    private static string Root(string folder) =>
        File.Exists(Path.Combine(folder, "PSTransfer.sln"))
            ? folder
            : Root(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("This program runs inside of the repository."));
}
