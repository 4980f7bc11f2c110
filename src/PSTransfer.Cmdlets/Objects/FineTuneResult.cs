using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer;

/// <summary>
/// The result of Invoke-FineTune. Its Model, Dataset and ValidationDataset bind to the cmdlets that follow in a pipeline.
/// </summary>
public sealed class FineTuneResult
{
    private readonly TrainingResult _result;

    internal FineTuneResult(
        TransferModel model, ImageDataset dataset, ImageDataset? validation, TrainingOptions options, TrainingResult result) =>
        (Model, Dataset, ValidationDataset, Options, _result) = (model, dataset, validation, options, result);

    /// <summary>The trained model, which is the object that was given.</summary>
    public TransferModel Model { get; }

    /// <summary>The training images.</summary>
    public ImageDataset Dataset { get; }

    /// <summary>The validation images; null if there are none.</summary>
    public ImageDataset? ValidationDataset { get; }

    /// <summary>The options of the training.</summary>
    public TrainingOptions Options { get; }

    /// <summary>The records of this run's epochs.</summary>
    public Listed<EpochRecord> History => new(_result.History);

    /// <summary>The number of epochs.</summary>
    public int Epochs => _result.History.Count;

    /// <summary>The wall time of the training in seconds.</summary>
    public double Seconds => _result.Seconds;

    /// <summary>The number of training images per second of wall time.</summary>
    public double ImagesPerSecond => _result.ImagesPerSecond;

    /// <summary>The reason why the run stopped: Completed or EarlyStopping.</summary>
    public string Stopped => _result.Stopped.ToString();

    /// <summary>The epoch with the lowest validation loss or, without validation images, the lowest training loss.</summary>
    public int BestEpoch => _result.BestEpoch;

    /// <summary>The features that were computed once instead of at each epoch, in words.</summary>
    public string FeatureCache => _result.FeatureCache;
}
