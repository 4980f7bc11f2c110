using TorchSharp;
using TorchSharp.Modules;

namespace PSTransfer.Core.Networks.Layers;

/// <summary>
/// A named layer. It has parameters that gradients may change, buffers that they never change, and a freeze mode for the training phase.
/// Freezing is a property, so names and weights survive freezing and unfreezing.
/// </summary>
public abstract class Layer(string name) : IDisposable
{
    private readonly List<KeyValuePair<string, Parameter>> _parameters = [];
    private readonly List<KeyValuePair<string, torch.Tensor>> _buffers = [];
    private FreezeMode _mode;

    /// <summary>The layer's name in the original network; empty for an operation without a name there.</summary>
    public string Name { get; } = name;

    /// <summary>The kind of layer: Conv, BatchNorm, Dense...</summary>
    public string Kind => GetType().Name;

    /// <summary>Learnable tensors by short name (weight, bias).</summary>
    public IReadOnlyList<KeyValuePair<string, Parameter>> Parameters => _parameters;

    /// <summary>Tensors that belong to the state but aren't learnt (running_mean, running_var).</summary>
    public IReadOnlyList<KeyValuePair<string, torch.Tensor>> Buffers => _buffers;

    /// <summary>What "frozen" means for this layer. Setting the mode switches the parameters' gradients.</summary>
    public FreezeMode Mode
    {
        get => _mode;
        set
        {
            _mode = value;
            foreach (var (_, parameter) in _parameters)
            {
                parameter.requires_grad = Learns;
                if (!Learns)
                {
                    parameter.grad = null;
                }
            }
        }
    }

    /// <summary>Whether the parameters receive gradients under the current mode. False for a layer without parameters.</summary>
    public bool Learns => _parameters.Count > 0 && LearnsUnder(FreezePolicy.Of(_mode));

    /// <summary>
    /// Whether a regulariser (dropout, stochastic depth) acts in the training phase under the current mode; null for other layers.
    /// </summary>
    public virtual bool? Regularizes => null;

    /// <summary>Parameters and buffers with their full names, in a fixed order: the layer's whole state.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State =>
        _parameters.Select(p => KeyValuePair.Create($"{Name}.{p.Key}", (torch.Tensor)p.Value))
            .Concat(_buffers.Select(b => KeyValuePair.Create($"{Name}.{b.Key}", b.Value)));

    /// <summary>Computes the output for a batch. The caller owns the result.</summary>
    public abstract torch.Tensor Forward(IReadOnlyList<torch.Tensor> inputs, ForwardPass pass);

    /// <summary>Whether <see cref="Overwrite"/> can write the output over a given input.</summary>
    internal virtual bool CanOverwrite(int input) => false;

    /// <summary>Computes the output of <see cref="Forward"/>, to the bit, in the memory of an input that is no longer needed.</summary>
    internal virtual void Overwrite(IReadOnlyList<torch.Tensor> inputs, int input) =>
        throw new InvalidOperationException($"{Kind} has no overwriting form.");

    /// <summary>Returns the shape of the output for inputs of the given shapes.</summary>
    public abstract FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs);

    /// <summary>Sets the parameters to their random start.</summary>
    public void Initialize(torch.Generator random)
    {
        using var _ = torch.no_grad();
        foreach (var (_, parameter) in _parameters)
        {
            Initialize(parameter, random);
        }
    }

    /// <summary>Moves parameters and buffers to a device, in place. Tensors that are there already stay.</summary>
    public void MoveTo(torch.Device device)
    {
        if (State.All(tensor => tensor.Value.device.ToString() == device.ToString()))
        {
            return;
        }

        for (var i = 0; i < _parameters.Count; i++)
        {
            var old = _parameters[i].Value;
            using var detached = old.detach();
            using var moved = detached.to(device, copy: true);
            _parameters[i] = KeyValuePair.Create(_parameters[i].Key, Own(new Parameter(moved, old.requires_grad)));
            old.Dispose();
        }

        for (var i = 0; i < _buffers.Count; i++)
        {
            var old = _buffers[i].Value;
            _buffers[i] = KeyValuePair.Create(_buffers[i].Key, Own(old.to(device, copy: true)));
            old.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, parameter) in _parameters)
        {
            parameter.Dispose();
        }

        foreach (var (_, buffer) in _buffers)
        {
            buffer.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Sets one parameter to its random start. By default the parameter stays as created.</summary>
    protected virtual void Initialize(torch.Tensor parameter, torch.Generator random)
    {
    }

    /// <summary>Whether a policy lets this kind of layer learn.</summary>
    protected virtual bool LearnsUnder(FreezePolicy policy) => policy.OthersLearn;

    /// <summary>Returns a parameter by its short name; null if the layer has none (a convolution without bias).</summary>
    protected torch.Tensor? Find(string key)
    {
        foreach (var (name, parameter) in _parameters)
        {
            if (name == key)
            {
                return parameter;
            }
        }

        return null;
    }

    /// <summary>Adds a parameter; the layer owns it, even if a dispose scope is open.</summary>
    protected void AddParameter(string key, torch.Tensor initial)
    {
        _parameters.Add(KeyValuePair.Create(key, Own(new Parameter(initial, requires_grad: true))));
    }

    /// <summary>Adds a buffer; the layer owns it, even if a dispose scope is open.</summary>
    protected void AddBuffer(string key, torch.Tensor initial) => _buffers.Add(KeyValuePair.Create(key, Own(initial)));

    private static T Own<T>(T tensor)
        where T : torch.Tensor
    {
        tensor.DetachFromDisposeScope();
        return tensor;
    }
}

/// <summary>A layer with one input.</summary>
public abstract class UnaryLayer(string name) : Layer(name)
{
    /// <inheritdoc/>
    public sealed override torch.Tensor Forward(IReadOnlyList<torch.Tensor> inputs, ForwardPass pass) => Forward(inputs[0], pass);

    /// <inheritdoc/>
    public sealed override FeatureShape OutputShape(IReadOnlyList<FeatureShape> inputs) => OutputShape(inputs[0]);

    /// <summary>Computes the output for a batch. The caller owns the result.</summary>
    protected abstract torch.Tensor Forward(torch.Tensor x, ForwardPass pass);

    /// <summary>Returns the shape of the output.</summary>
    protected virtual FeatureShape OutputShape(FeatureShape input) => input;
}
