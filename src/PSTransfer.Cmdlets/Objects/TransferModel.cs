using PSTransfer.Core;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>
/// A backbone and, once added, a head, as it travels down a pipeline. Cmdlets that change a model change this very object and pass it
/// on; Copy-TransferModel makes an independent one. Dispose it, or let the garbage collector.
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

    /// <summary>Gives back the memory pressure if nobody disposed the model.</summary>
    ~TransferModel() => Weigh(0);

    /// <summary>What the model is called.</summary>
    public string Name => _network.Name;

    /// <summary>The backbone's name.</summary>
    public string Backbone => _network.Spec.Name;

    /// <summary>Height, width, channels of its images.</summary>
    public Listed<int> InputShape => new([_network.InputShape.Height, _network.InputShape.Width, _network.InputShape.Channels]);

    /// <summary>How a picture is brought to the model's size: the rule of its training images, before training the backbone's own.</summary>
    public ResizeRule Resize => _network.Pixels.Resize;

    /// <summary>Class names by label; empty until it was trained.</summary>
    public Listed<string> Classes => new(_network.Classes);

    /// <summary>Where its tensors are.</summary>
    public string Device => _network.DeviceName;

    /// <summary>Numbers in all layers.</summary>
    public long TotalParameters => _network.TotalParameters;

    /// <summary>Numbers that receive gradients.</summary>
    public long TrainableParameters => _network.TrainableParameters;

    /// <summary>The backbone's mode, or Mixed.</summary>
    public string FreezeMode => _network.FreezeMode?.ToString() ?? "Mixed";

    /// <summary>BatchNorm layers.</summary>
    public int BatchNormCount => _network.BatchNorms.Count();

    /// <summary>One record per epoch, over all runs.</summary>
    public Listed<EpochRecord> History => new(_network.History);

    /// <summary>Core's side of the model; refuses a disposed one.</summary>
    internal TransferNetwork Network
    {
        get
        {
            _network.ThrowIfDisposed();
            return _network;
        }
    }

    /// <summary>The model of a training run, wherever a model is wanted.</summary>
    public static implicit operator TransferModel(FineTuneResult result) => result.Model;

    /// <summary>The model of an experiment's run, wherever a model is wanted; a run that was skipped has none.</summary>
    public static implicit operator TransferModel(ExperimentResult result) => result.Model ?? throw new PSTransferException(
        FaultKind.InvalidArgument, $"The run '{result.Name}' was made before and skipped: it has figures and no model. Invoke-Experiment -Force runs it again.", result.Name);

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        Weigh(0);
        GC.SuppressFinalize(this);
    }

    /// <summary>The name, to be shown.</summary>
    public override string ToString() => Core.Text.Printable.Line(Name);

    /// <summary>Tells the garbage collector how much memory it can't see hangs on this object.</summary>
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
