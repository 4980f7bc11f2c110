using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer;

/// <summary>What Invoke-FineTune did. Its Model, Dataset and ValidationDataset bind to the cmdlets that follow in a pipeline.</summary>
public sealed class FineTuneResult
{
    private readonly TrainingResult _result;

    internal FineTuneResult(TransferModel model, ImageDataset dataset, ImageDataset? validation, TrainingOptions options, TrainingResult result) =>
        (Model, Dataset, ValidationDataset, Options, _result) = (model, dataset, validation, options, result);

    /// <summary>The model that was trained: the object that was given.</summary>
    public TransferModel Model { get; }

    /// <summary>What it was trained on.</summary>
    public ImageDataset Dataset { get; }

    /// <summary>What it was validated on; null without.</summary>
    public ImageDataset? ValidationDataset { get; }

    /// <summary>How it was trained.</summary>
    public TrainingOptions Options { get; }

    /// <summary>The epochs of this run.</summary>
    public Listed<EpochRecord> History => new(_result.History);

    /// <summary>How many there are.</summary>
    public int Epochs => _result.History.Count;

    /// <summary>Wall time.</summary>
    public double Seconds => _result.Seconds;

    /// <summary>Training images over wall time.</summary>
    public double ImagesPerSecond => _result.ImagesPerSecond;

    /// <summary>Completed or EarlyStopping.</summary>
    public string Stopped => _result.Stopped.ToString();

    /// <summary>The epoch with the lowest validation loss, or training loss without validation.</summary>
    public int BestEpoch => _result.BestEpoch;

    /// <summary>What was computed once instead of at each epoch, in words.</summary>
    public string FeatureCache => _result.FeatureCache;
}
