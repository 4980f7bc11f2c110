using TorchSharp;

namespace PSTransfer.Core.Training.Optimisation;

/// <summary>A copy of a model's tensors, with names of its own for checkpoints.</summary>
internal sealed class WeightCopy : IDisposable
{
    private readonly List<(string Name, torch.Tensor Live, torch.Tensor Copy)> _tensors;

    /// <summary>Copies the tensors as they are now.</summary>
    /// <param name="live">The model's tensors by name. The model goes on owning them.</param>
    /// <param name="prefix">The prefix of the copies' names.</param>
    public WeightCopy(IEnumerable<KeyValuePair<string, torch.Tensor>> live, string prefix)
    {
        using var _ = torch.no_grad();
        _tensors = [.. live.Select(tensor => ($"{prefix}.{tensor.Key}", tensor.Value, tensor.Value.clone().DetachFromDisposeScope()))];
    }

    /// <summary>The copies by name.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State =>
        _tensors.Select(tensor => KeyValuePair.Create(tensor.Name, tensor.Copy));

    /// <summary>The model's tensors with their copies.</summary>
    public IEnumerable<(torch.Tensor Live, torch.Tensor Copy)> Pairs => _tensors.Select(tensor => (tensor.Live, tensor.Copy));

    /// <summary>Copies the model's tensors again, as they are now.</summary>
    public void Capture()
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        foreach (var (live, copy) in Pairs)
        {
            copy.copy_(live);
        }
    }

    /// <summary>Gives the model the copies' numbers.</summary>
    public void Restore()
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        foreach (var (live, copy) in Pairs)
        {
            live.copy_(copy);
        }
    }

    /// <summary>Exchanges the model's numbers and the copies'.</summary>
    public void Swap()
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        foreach (var (live, copy) in Pairs)
        {
            var kept = live.clone();
            live.copy_(copy);
            copy.copy_(kept);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _tensors.ForEach(tensor => tensor.Copy.Dispose());
}
