using PSTransfer.Core;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>
/// A backbone and, once added, a head, as an object of a pipeline. Cmdlets that change a model change this object and pass it on.
/// Copy-TransferModel makes an independent one. The model's memory is freed when it is disposed or collected.
/// </summary>
public sealed class TransferModel : IDisposable
{
    private readonly TransferNetwork _network;
    private long _pressure;

    internal TransferModel(TransferNetwork network)
    {
        _network = network;
        Weigh();
    }

    /// <summary>Removes the memory pressure if the model was never disposed.</summary>
    ~TransferModel() => Weigh(0);

    /// <summary>The model's name.</summary>
    public string Name => _network.Name;

    /// <summary>The backbone's name.</summary>
    public string Backbone => _network.Spec.Name;

    /// <summary>The height, width and channels of the images.</summary>
    public Listed<int> InputShape => new([_network.InputShape.Height, _network.InputShape.Width, _network.InputShape.Channels]);

    /// <summary>
    /// How a picture is brought to the model's size: the rule of the training images or, before training, the backbone's own.
    /// </summary>
    public ResizeRule Resize => _network.Pixels.Resize;

    /// <summary>The class names by label; empty until the model is trained.</summary>
    public Listed<string> Classes => new(_network.Classes);

    /// <summary>The device that holds the model's tensors.</summary>
    public string Device => _network.DeviceName;

    /// <summary>The numbers in all layers.</summary>
    public long TotalParameters => _network.TotalParameters;

    /// <summary>The numbers that receive gradients.</summary>
    public long TrainableParameters => _network.TrainableParameters;

    /// <summary>The backbone's freeze mode, or Mixed.</summary>
    public string FreezeMode => _network.FreezeModeName;

    /// <summary>The number of BatchNorm layers.</summary>
    public int BatchNormCount => _network.BatchNorms.Count();

    /// <summary>One record per epoch, over all runs.</summary>
    public Listed<EpochRecord> History => new(_network.History);

    /// <summary>The engine's model; refuses a disposed one.</summary>
    internal TransferNetwork Network
    {
        get
        {
            _network.ThrowIfDisposed();
            return _network;
        }
    }

    /// <summary>The model of a training run, so that the run's result can stand for a model.</summary>
    public static implicit operator TransferModel(FineTuneResult result) => result.Model;

    /// <summary>The model of an experiment's run, so that the run's result can stand for a model. A skipped run has none.</summary>
    public static implicit operator TransferModel(ExperimentResult result) => result.Model ?? throw new PSTransferException(
        FaultKind.InvalidArgument,
        $"The run '{result.Name}' was made before and skipped: it has figures and no model. Invoke-Experiment -Force runs it again.",
        result.Name);

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        Weigh(0);
        GC.SuppressFinalize(this);
    }

    /// <summary>The name as text to display.</summary>
    public override string ToString() => Core.Text.Printable.Line(Name);

    /// <summary>Tells the garbage collector how much memory outside its heap this object holds.</summary>
    internal void Weigh() => Weigh(_network.StateBytes);

    private void Weigh(long bytes)
    {
        if (_pressure > 0)
        {
            GC.RemoveMemoryPressure(_pressure);
        }

        if (bytes > 0)
        {
            GC.AddMemoryPressure(bytes);
        }

        _pressure = bytes;
    }
}
