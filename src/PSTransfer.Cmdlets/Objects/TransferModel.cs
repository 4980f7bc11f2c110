using PSTransfer.Core.Models;
using PSTransfer.Core.Training;

namespace PSTransfer;

/// <summary>
/// A backbone and, once added, a head, as it travels down a pipeline. Cmdlets that change a model change this very object and pass it
/// on; Copy-TransferModel makes an independent one. Dispose it, or let the garbage collector.
/// </summary>
public sealed class TransferModel : IDisposable
{
    private readonly TransferNetwork network;
    private long pressure;

    internal TransferModel(TransferNetwork network)
    {
        this.network = network;
        Weigh();
    }

    /// <summary>Gives back the memory pressure if nobody disposed the model.</summary>
    ~TransferModel() => Weigh(0);

    /// <summary>What the model is called.</summary>
    public string Name => network.Name;

    /// <summary>The backbone's name.</summary>
    public string Backbone => network.Spec.Name;

    /// <summary>Height, width, channels of its images.</summary>
    public int[] InputShape => [network.InputShape.Height, network.InputShape.Width, network.InputShape.Channels];

    /// <summary>Class names by label; empty until it was trained.</summary>
    public string[] Classes => [.. network.Classes];

    /// <summary>Where its tensors are.</summary>
    public string Device => network.DeviceName;

    /// <summary>Numbers in all layers.</summary>
    public long TotalParameters => network.TotalParameters;

    /// <summary>Numbers that receive gradients.</summary>
    public long TrainableParameters => network.TrainableParameters;

    /// <summary>The backbone's mode, or Mixed.</summary>
    public string FreezeMode => network.FreezeMode?.ToString() ?? "Mixed";

    /// <summary>BatchNorm layers.</summary>
    public int BatchNormCount => network.BatchNorms.Count();

    /// <summary>One record per epoch, over all runs.</summary>
    public EpochRecord[] History => [.. network.History];

    /// <summary>Core's side of the model; refuses a disposed one.</summary>
    internal TransferNetwork Network
    {
        get
        {
            network.ThrowIfDisposed();
            return network;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        network.Dispose();
        Weigh(0);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Tells the garbage collector how much memory it can't see hangs on this object.</summary>
    internal void Weigh() => Weigh(network.StateBytes);

    private void Weigh(long bytes)
    {
        if (pressure > 0)
        {
            GC.RemoveMemoryPressure(pressure);
        }

        if (bytes > 0)
        {
            GC.AddMemoryPressure(bytes);
        }

        pressure = bytes;
    }
}
