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
/// A backbone and, once added, a head: the model that is trained, tested and saved. Two threads may read it at once. <see cref="Use"/>
/// refuses work that would disturb another thread's.
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

    /// <summary>Keeps track of work with the model: each operation takes a hold for as long as it lasts.</summary>
    internal ModelUse Use { get; }

    /// <summary>The user's name for the model; the backbone's name until the model is saved under another.</summary>
    public string Name { get; set; }

    /// <summary>The backbone's description.</summary>
    public BackboneSpec Spec { get; }

    /// <summary>
    /// The way from a picture to the network's input. It is the backbone's own, until the model trains on images that were imported
    /// differently.
    /// </summary>
    public PixelPath Pixels { get; private set; }

    /// <summary>Whether the model has learnt from pixels of its path, so that another rule would change its pictures.</summary>
    public bool PixelsAreFixed { get; private set; }

    /// <summary>The height, width and channels of the images.</summary>
    public ImageShape InputShape => Pixels.Shape;

    /// <summary>The backbone's layers.</summary>
    public Graph Backbone { get; }

    /// <summary>The head's layers; null until a head is added.</summary>
    public Graph? HeadGraph { get; private set; }

    /// <summary>The head's description; null until a head is added.</summary>
    public Head? Head { get; private set; }

    /// <summary>The names of the classes by label; empty until the model is trained.</summary>
    public IReadOnlyList<string> Classes { get; set; } = [];

    /// <summary>The device that holds the tensors.</summary>
    public torch.Device Device { get; private set; } = torch.CPU;

    /// <summary>The device's name: cpu, cuda:0.</summary>
    public string DeviceName => Device.ToString();

    /// <summary>One record per epoch trained, over all runs.</summary>
    public IReadOnlyList<EpochRecord> History { get; set; } = [];

    /// <summary>
    /// The trained model's answers to some pictures of its training, computed on first use. Null before training, and after any other
    /// change of the model.
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

    /// <summary>
    /// The values that the last repair replaced; null if there is none to undo. A copy of the model has them, a file hasn't.
    /// </summary>
    internal Repaired? Repaired { get; set; }

    /// <summary>The backbone's layers, then the head's.</summary>
    public IEnumerable<Layer> Layers => HeadGraph is null ? Backbone.Layers : Backbone.Layers.Concat(HeadGraph.Layers);

    /// <summary>The BatchNorm layers, in order.</summary>
    public IEnumerable<BatchNorm> BatchNorms => Layers.OfType<BatchNorm>();

    /// <summary>All parameters and buffers with their names, in order.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State => Layers.SelectMany(layer => layer.State);

    /// <summary>
    /// The tensors that training changes under the layers' modes, with their names, in order. These are parameters that learn, and moving
    /// statistics that are updated.
    /// </summary>
    internal IEnumerable<KeyValuePair<string, torch.Tensor>> Changing => Layers.SelectMany(layer =>
        (layer.Learns ? layer.Parameters.Select(p => KeyValuePair.Create($"{layer.Name}.{p.Key}", (torch.Tensor)p.Value)) : [])
        .Concat(
            layer is BatchNorm { UpdatesStatistics: true }
                ? layer.Buffers.Select(b => KeyValuePair.Create($"{layer.Name}.{b.Key}", b.Value))
                : []));

    /// <summary>The backbone's freeze mode; null if its layers have different modes.</summary>
    public FreezeMode? FreezeMode =>
        Backbone.Layers.Select(layer => layer.Mode).Distinct().Take(2).ToList() is [var only] ? only : null;

    /// <summary>The backbone's freeze mode in words: Mixed if its layers have different modes.</summary>
    public string FreezeModeName => FreezeMode?.ToString() ?? "Mixed";

    /// <summary>The numbers in all layers, counted as the backbone's family counts them.</summary>
    public long TotalParameters => Layers.Sum(CountParameters);

    /// <summary>The numbers that receive gradients.</summary>
    public long TrainableParameters => Layers.Where(layer => layer.Learns).Sum(layer => layer.Parameters.Sum(p => p.Value.numel()));

    /// <summary>Bytes of all parameters and buffers.</summary>
    public long StateBytes => State.Sum(tensor => tensor.Value.numel() * tensor.Value.element_size());

    /// <summary>Builds a backbone.</summary>
    /// <param name="spec">The backbone's description.</param>
    /// <param name="inputShape">The shape of the images.</param>
    /// <param name="seed">The seed of random weights; null if all tensors are read from elsewhere at once.</param>
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

    /// <summary>Takes over a backbone whose weights are set.</summary>
    internal static TransferNetwork Create(BackboneSpec spec, ImageShape inputShape, Graph backbone) => new(spec, inputShape, backbone);

    /// <summary>Adds a head, or replaces the present one; class names are lost with the old one.</summary>
    /// <param name="head">The head's description.</param>
    /// <param name="seed">The seed of random weights; null if all tensors are read from elsewhere at once.</param>
    public void SetHead(Head head, int? seed)
    {
        using var hold = Use.Change("being given a head");
        head.Validate();
        head.RequireMemory(Backbone.OutputShape);

        // The new head may not fit into memory, so the old one is freed after the new one is built.
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

    /// <summary>The images in the form that the model takes: read by its <see cref="Pixels"/>, labelled by its classes.</summary>
    /// <exception cref="PSTransferException">The images have another shape or resize rule.</exception>
    public LabeledImages Bind(LabeledImages images)
    {
        var bound = images.ForModel(Pixels, PixelsAreFixed);
        return Classes.Count > 0 ? bound.ForClasses(Classes) : bound;
    }

    /// <summary>Sets how <see cref="Reference"/> is computed on first use.</summary>
    internal void SetReference(Func<TransferNetwork, Reference> ask) => (_reference, _askReference) = (null, ask);

    /// <summary>Sets <see cref="Pixels"/>, and whether the model is bound to them from now on.</summary>
    internal void SetPixels(PixelPath pixels, bool areFixed) => (Pixels, PixelsAreFixed) = (pixels, areFixed);

    /// <summary>Refuses a batch that is larger than the machine's memory.</summary>
    /// <exception cref="PSTransferException">InvalidArgument: the batch is too large.</exception>
    internal void RequireMemory(int images) => RequireMemory(Backbone, InputShape, images, "BatchSize");

    /// <summary>Runs a batch of pixels through preprocessing, backbone and head. The caller owns the result.</summary>
    /// <param name="pixels">N×C×H×W, float32, 0 to 255, on <see cref="Device"/>.</param>
    /// <param name="pass">The learning phase and the tensors that may change in it.</param>
    /// <returns>Logits, N×ClassCount.</returns>
    public torch.Tensor Forward(torch.Tensor pixels, ForwardPass pass)
    {
        using var features = Features(pixels, pass);
        return RequireHead().Forward(features, pass);
    }

    /// <summary>Runs a batch of pixels through the backbone, or only up to one of its layers. The caller owns the result.</summary>
    public torch.Tensor Features(torch.Tensor pixels, ForwardPass pass, Layer? upTo = null)
    {
        ThrowIfDisposed();
        using var prepared = Pixels.Prepare(pixels);
        return Backbone.Forward(prepared, pass, upTo);
    }

    /// <summary>Runs a batch of pixels up to a cut. The caller owns the result.</summary>
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

    /// <summary>Runs the layers after a cut. The caller owns the result.</summary>
    /// <param name="features">The result of <see cref="ForwardTo"/>, N rows.</param>
    /// <param name="cut">The cut.</param>
    /// <param name="pass">The learning phase and the tensors that may change in it.</param>
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

    /// <summary>Begins a run of a batch through the backbone that can halt on its way.</summary>
    internal GraphRun StartFeatures(torch.Tensor pixels)
    {
        ThrowIfDisposed();
        using var prepared = Pixels.Prepare(pixels);
        return Backbone.Start(prepared);
    }

    /// <summary>Finds a layer of the backbone by its name, whatever the case.</summary>
    /// <exception cref="PSTransferException">NotFound: there is no such layer; the message names the nearest.</exception>
    public Layer RequireBackboneLayer(string name) =>
        Backbone.Layers.FirstOrDefault(layer => layer.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new PSTransferException(
            FaultKind.NotFound,
            $"-Layer takes the name of one layer of the backbone, without wildcards, and {Spec.Name} has no '{name}'. "
            + $"{Nearest.Hint(name, Backbone.Layers.Select(layer => layer.Name))} Get-ModelLayer lists them.",
            name);

    /// <summary>The head's layers, for work that needs a head.</summary>
    /// <exception cref="PSTransferException">The model has no head yet.</exception>
    public Graph RequireHead()
    {
        ThrowIfDisposed();
        return HeadGraph ?? throw new PSTransferException(
            FaultKind.InvalidOperation,
            $"The model '{Name}' has no head yet. Add one with {Option.Name("ClassCount", of: "Add-ClassifierHead")}.",
            Name);
    }

    /// <summary>The layer table, with its rows in the model's order.</summary>
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

    /// <summary>Moves the whole model to a device.</summary>
    public void MoveTo(torch.Device device)
    {
        using var hold = Use.Change("being moved to another device");
        foreach (var layer in Layers)
        {
            layer.MoveTo(device);
        }

        Device = device;
    }

    /// <summary>Moves the whole model to the device of that name.</summary>
    /// <exception cref="PSTransferException">This machine has no such device.</exception>
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

    /// <summary>
    /// Refuses a pass that can't fit into memory. The least it needs is the images as numbers, and the largest map of a layer.
    /// </summary>
    private static void RequireMemory(Graph backbone, ImageShape shape, int images, string parameter)
    {
        var numbers = ((double)shape.Height * shape.Width * shape.Channels)
            + backbone.Layers.Max(layer => Numbers(backbone.ShapeOf(layer)));
        MachineMemory.Require(
            images * numbers * sizeof(float), parameter, images == 1 ? $"one image of {shape}" : $"a batch of {images} images of {shape}");

        static double Numbers(FeatureShape map) => (double)map.Height * map.Width * map.Channels;
    }

    /// <summary>Counts a layer's parameters. Keras counts moving statistics among them, torchvision doesn't.</summary>
    private long CountParameters(Layer layer) =>
        layer.Parameters.Sum(p => p.Value.numel())
        + (Spec.Family == BackboneFamily.Keras ? layer.Buffers.Sum(b => b.Value.numel()) : 0);
}
