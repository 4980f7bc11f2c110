using PSTransfer.Core.Networks;
using TorchSharp;

namespace PSTransfer.Core.Evaluation.Features;

/// <summary>Stores features in memory, on the model's device.</summary>
internal sealed class MemoryFeatures : FeatureStore
{
    private readonly torch.Tensor _rows;
    private long _filled;

    public MemoryFeatures(int count, FeatureShape shape, torch.Device device) =>
        _rows = torch.empty(Rows(count, shape), dtype: torch.float32, device: device).DetachFromDisposeScope();

    /// <summary>Adds the next rows.</summary>
    public void Append(torch.Tensor features)
    {
        using var target = _rows.narrow(0, _filled, features.shape[0]);
        target.copy_(features);
        _filled += features.shape[0];
    }

    public override torch.Tensor Read(IReadOnlyList<int> indices)
    {
        using var rows = torch.tensor(indices.Select(index => (long)index).ToArray(), device: _rows.device);
        return _rows.index_select(0, rows).DetachFromDisposeScope();
    }

    public override void Dispose() => _rows.Dispose();
}
