using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Native;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using TorchSharp;

namespace PSTransfer.Core.Models;

/// <summary>
/// A backbone and, once added, a head: what is trained, tested, saved. Two threads may read it at once; <see cref="Use"/> refuses what
/// would disturb another.
/// </summary>
public sealed class TransferNetwork : IDisposable
{
    private Reference? _reference;
    private Func<TransferNetwork, Reference>? _askReference;

    private TransferNetwork(BackboneSpec spec, ImageShape inputShape, Graph backbone)
    {
        Spec = spec;
        Backbone = backbone;
        Name = spec.Name;
        Pixels = new PixelPath(inputShape, spec.Resize, spec.Preprocessing);
        Use = new ModelUse(() => Name, () =>
        {
            Backbone.Dispose();
            HeadGraph?.Dispose();
        });
    }

    /// <summary>Who works with the model: each operation takes a hold for as long as it lasts.</summary>
    internal ModelUse Use { get; }

    /// <summary>What the user calls it; the backbone's name until it was saved under another.</summary>
    public string Name { get; set; }

    /// <summary>What the backbone is.</summary>
    public BackboneSpec Spec { get; }

    /// <summary>
    /// How a picture becomes what the network sees. The backbone's own way, until training on images that were imported otherwise.
    /// </summary>
    public PixelPath Pixels { get; private set; }

    /// <summary>True once the model has learnt from pixels of its path: images of another rule would be other pictures to it.</summary>
    public bool PixelsAreFixed { get; private set; }

    /// <summary>Height, width, channels of the images.</summary>
    public ImageShape InputShape => Pixels.Shape;

    /// <summary>The backbone's layers.</summary>
    public Graph Backbone { get; }

    /// <summary>The head's layers; null until one is added.</summary>
    public Graph? HeadGraph { get; private set; }

    /// <summary>What the head is; null until one is added.</summary>
    public Head? Head { get; private set; }

    /// <summary>Names of the classes by label; empty until the model was trained.</summary>
    public IReadOnlyList<string> Classes { get; set; } = [];

    /// <summary>Where the tensors are.</summary>
    public torch.Device Device { get; private set; } = torch.CPU;

    /// <summary>The same by name: cpu, cuda:0.</summary>
    public string DeviceName => Device.ToString();

    /// <summary>One record per epoch trained, over all runs.</summary>
    public IReadOnlyList<EpochRecord> History { get; set; } = [];

    /// <summary>
    /// What the trained model answers to some pictures of its training; null until it was trained, and once it was changed otherwise.
    /// Computed when it is first asked for.
    /// </summary>
    internal Reference? Reference
    {
        get
        {
            if (_askReference is { } ask)
            {
                Reference = ask(this);
            }

            return _reference;
        }

        set => (_reference, _askReference) = (value, null);
    }

    /// <summary>What the last repair replaced; null where there is none to undo. A copy has it too, a file doesn't.</summary>
    internal Repaired? Repaired { get; set; }

    /// <summary>The backbone's layers, then the head's.</summary>
    public IEnumerable<Layer> Layers => HeadGraph is null ? Backbone.Layers : Backbone.Layers.Concat(HeadGraph.Layers);

    /// <summary>The BatchNorm layers, in order.</summary>
    public IEnumerable<BatchNorm> BatchNorms => Layers.OfType<BatchNorm>();

    /// <summary>All parameters and buffers with their names, in order.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State => Layers.SelectMany(layer => layer.State);

    /// <summary>
    /// What training moves under the layers' modes, with its names, in order: parameters that learn, and moving statistics that are
    /// updated.
    /// </summary>
    internal IEnumerable<KeyValuePair<string, torch.Tensor>> Changing => Layers.SelectMany(layer =>
        (layer.Learns ? layer.Parameters.Select(p => KeyValuePair.Create($"{layer.Name}.{p.Key}", (torch.Tensor)p.Value)) : [])
        .Concat(layer is BatchNorm { UpdatesStatistics: true } ? layer.Buffers.Select(b => KeyValuePair.Create($"{layer.Name}.{b.Key}", b.Value)) : []));

    /// <summary>The mode of the backbone where its layers agree; null where they differ.</summary>
    public FreezeMode? FreezeMode =>
        Backbone.Layers.Select(layer => layer.Mode).Distinct().Take(2).ToList() is [var only] ? only : null;

    /// <summary>Numbers in all layers, counted as the family counts them.</summary>
    public long TotalParameters => Layers.Sum(CountParameters);

    /// <summary>Numbers that receive gradients.</summary>
    public long TrainableParameters => Layers.Where(layer => layer.Learns).Sum(layer => layer.Parameters.Sum(p => p.Value.numel()));

    /// <summary>Bytes of all parameters and buffers.</summary>
    public long StateBytes => State.Sum(tensor => tensor.Value.numel() * tensor.Value.element_size());

    /// <summary>Builds a backbone.</summary>
    /// <param name="spec">Which.</param>
    /// <param name="inputShape">Of its images.</param>
    /// <param name="seed">Of its random start; null where all tensors are read from elsewhere at once.</param>
    /// <exception cref="PSTransferException">The shape doesn't suit the backbone, or libtorch can't be loaded.</exception>
    public static TransferNetwork Create(BackboneSpec spec, ImageShape inputShape, int? seed)
    {
        LibTorch.EnsureLoaded();
        var backbone = spec.Build(inputShape);
        if (seed is not null)
        {
            RequireMemory(backbone, inputShape, 1, "InputShape");
        }

        if (seed is { } value)
        {
            backbone.Initialize(value);
        }

        return new TransferNetwork(spec, inputShape, backbone);
    }

    /// <summary>Adds a head, or replaces the one there is; class names go with the old one.</summary>
    /// <param name="head">What it is.</param>
    /// <param name="seed">Of its random start; null where all tensors are read from elsewhere at once.</param>
    public void SetHead(Head head, int? seed)
    {
        using var hold = Use.Change("being given a head");
        head.Validate();
        head.RequireMemory(Backbone.OutputShape);

        // The new head may not fit into memory; the old one goes only when the new one stands.
        var graph = head.Build(Backbone.OutputShape);
        try
        {
            if (seed is { } value)
            {
                graph.Initialize(value);
            }

            foreach (var layer in graph.Layers)
            {
                layer.MoveTo(Device);
            }
        }
        catch
        {
            graph.Dispose();
            throw;
        }

        HeadGraph?.Dispose();
        HeadGraph = graph;
        Head = head;
        Classes = [];
        Reference = null;
    }

    /// <summary>The images as the model takes them: read by its <see cref="Pixels"/>, labelled by its classes.</summary>
    /// <exception cref="PSTransferException">The images have another shape or resize rule.</exception>
    public LabeledImages Bind(LabeledImages images)
    {
        var bound = images.ForModel(Pixels, PixelsAreFixed);
        return Classes.Count > 0 ? bound.ForClasses(Classes) : bound;
    }

    /// <summary>Sets how <see cref="Reference"/> is computed once it is needed.</summary>
    internal void SetReference(Func<TransferNetwork, Reference> ask) => (_reference, _askReference) = (null, ask);

    /// <summary>Sets <see cref="Pixels"/>, and whether the model is bound to them from now on.</summary>
    internal void SetPixels(PixelPath pixels, bool areFixed) => (Pixels, PixelsAreFixed) = (pixels, areFixed);

    /// <summary>Refuses a batch that is larger than the machine's memory.</summary>
    /// <exception cref="PSTransferException">InvalidArgument.</exception>
    internal void RequireMemory(int images) => RequireMemory(Backbone, InputShape, images, "BatchSize");

    /// <summary>Runs a batch of pixels through preprocessing, backbone and head. The caller owns the result.</summary>
    /// <param name="pixels">N×C×H×W, float32, 0 to 255, on <see cref="Device"/>.</param>
    /// <param name="pass">The learning phase and what may move in it.</param>
    /// <returns>Logits, N×ClassCount.</returns>
    public torch.Tensor Forward(torch.Tensor pixels, ForwardPass pass)
    {
        using var features = Features(pixels, pass);
        return RequireHead().Forward(features, pass);
    }

    /// <summary>Runs a batch of pixels as far as a backbone's layer, or through the whole backbone. The caller owns the result.</summary>
    public torch.Tensor Features(torch.Tensor pixels, ForwardPass pass, Layer? upTo = null)
    {
        ThrowIfDisposed();
        using var prepared = Pixels.Prepare(pixels);
        return Backbone.Forward(prepared, pass, upTo);
    }

    /// <summary>Runs a batch of pixels as far as a cut. The caller owns the result.</summary>
    internal torch.Tensor ForwardTo(torch.Tensor pixels, NetworkCut cut, ForwardPass pass)
    {
        ThrowIfDisposed();
        using var prepared = Pixels.Prepare(pixels);
        if (!cut.InHead)
        {
            return Backbone.ForwardTo(prepared, cut.Node, pass);
        }

        using var features = Backbone.Forward(prepared, pass);
        return RequireHead().ForwardTo(features, cut.Node, pass);
    }

    /// <summary>Runs what comes after a cut. The caller owns the result.</summary>
    /// <param name="features">What <see cref="ForwardTo"/> gave, N rows.</param>
    /// <param name="cut">The cut.</param>
    /// <param name="pass">The learning phase and what may move in it.</param>
    /// <returns>Logits, N×ClassCount.</returns>
    internal torch.Tensor ForwardFrom(torch.Tensor features, NetworkCut cut, ForwardPass pass)
    {
        if (cut.InHead)
        {
            return RequireHead().ForwardFrom(features, cut.Node, pass);
        }

        using var output = Backbone.ForwardFrom(features, cut.Node, pass);
        return RequireHead().Forward(output, pass);
    }

    /// <summary>Begins a run of a batch of pixels through the backbone that can halt on its way.</summary>
    internal GraphRun StartFeatures(torch.Tensor pixels)
    {
        ThrowIfDisposed();
        using var prepared = Pixels.Prepare(pixels);
        return Backbone.Start(prepared);
    }

    /// <summary>A layer of the backbone, whatever the case of its name.</summary>
    /// <exception cref="PSTransferException">NotFound: the message names the nearest.</exception>
    public Layer RequireBackboneLayer(string name) =>
        Backbone.Layers.FirstOrDefault(layer => layer.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw new PSTransferException(
            FaultKind.NotFound,
            $"-Layer takes the name of one layer of the backbone, without wildcards, and {Spec.Name} has no '{name}'. "
            + $"{Nearest.Hint(name, Backbone.Layers.Select(layer => layer.Name))} Get-ModelLayer lists them.",
            name);

    /// <summary>The head's layers.</summary>
    /// <exception cref="PSTransferException">There is no head yet.</exception>
    public Graph RequireHead()
    {
        ThrowIfDisposed();
        return HeadGraph ?? throw new PSTransferException(
            FaultKind.InvalidOperation, $"The model '{Name}' has no head yet. Add one with Add-ClassifierHead -ClassCount.", Name);
    }

    /// <summary>The layer table, rows in model order.</summary>
    public IReadOnlyList<LayerRow> Describe()
    {
        ThrowIfDisposed();
        return [.. Layers.Select((layer, index) =>
        {
            var shape = (index < Backbone.Layers.Count ? Backbone : HeadGraph!).ShapeOf(layer);
            var norm = layer as BatchNorm;
            return new LayerRow(
                index,
                layer.Name,
                layer.Kind,
                shape.ToString(),
                CountParameters(layer),
                layer.Parameters.Count > 0 ? layer.Learns : null,
                norm?.NormalizesBy,
                norm?.UpdatesStatistics,
                layer.Regularizes,
                layer.Mode);
        })];
    }

    /// <summary>Moves everything to a device.</summary>
    public void MoveTo(torch.Device device)
    {
        using var hold = Use.Change("being moved to another device");
        foreach (var layer in Layers)
        {
            layer.MoveTo(device);
        }

        Device = device;
    }

    /// <summary>Moves everything to the device of that name.</summary>
    /// <exception cref="PSTransferException">There is no such device here.</exception>
    public void MoveToDevice(string name) => MoveTo(ComputeDevice.Parse(name));

    /// <summary>An independent copy: weights, statistics, head, modes, classes, history.</summary>
    public TransferNetwork Clone()
    {
        using var hold = Use.Read("being copied");
        var copy = Create(Spec, InputShape, seed: null);
        copy.Name = Name;
        copy.SetPixels(Pixels, PixelsAreFixed);
        if (Head is not null)
        {
            copy.SetHead(Head, seed: null);
        }

        copy.Classes = Classes;
        copy.History = History;
        (copy._reference, copy._askReference) = (_reference, _askReference);
        copy.Repaired = Repaired;
        copy.MoveTo(Device);
        using var _ = torch.no_grad();
        foreach (var (from, to) in Layers.Zip(copy.Layers))
        {
            to.Mode = from.Mode;
            if (from is BatchNorm source && to is BatchNorm target)
            {
                (target.Momentum, target.Estimator, target.Epsilon) = (source.Momentum, source.Estimator, source.Epsilon);
            }

            foreach (var (source1, target1) in from.State.Zip(to.State))
            {
                target1.Value.copy_(source1.Value);
            }
        }

        return copy;
    }

    /// <summary>Refuses a disposed model.</summary>
    /// <exception cref="PSTransferException">The model was disposed.</exception>
    public void ThrowIfDisposed() => Use.ThrowIfDisposed();

    /// <inheritdoc/>
    public void Dispose() => Use.Dispose();

    /// <summary>The least that a pass needs: the images as numbers, and the largest map of a layer.</summary>
    private static void RequireMemory(Graph backbone, ImageShape shape, int images, string parameter)
    {
        var numbers = ((double)shape.Height * shape.Width * shape.Channels) + backbone.Layers.Max(layer => Numbers(backbone.ShapeOf(layer)));
        MachineMemory.Require(images * numbers * sizeof(float), parameter, images == 1 ? $"one image of {shape}" : $"a batch of {images} images of {shape}");

        static double Numbers(FeatureShape map) => (double)map.Height * map.Width * map.Channels;
    }

    /// <summary>Keras counts moving statistics among a layer's parameters, torchvision doesn't.</summary>
    private long CountParameters(Layer layer) =>
        layer.Parameters.Sum(p => p.Value.numel())
        + (Spec.Family == BackboneFamily.Keras ? layer.Buffers.Sum(b => b.Value.numel()) : 0);
}
