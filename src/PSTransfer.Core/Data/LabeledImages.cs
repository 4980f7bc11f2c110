using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Data.Tables;

namespace PSTransfer.Core.Data;

/// <summary>Images with a label each. Immutable; pixels are read when they are asked for, from any thread.</summary>
public sealed class LabeledImages
{
    private readonly IImageStore _store;

    /// <summary>The number of each image in the store; null while the set has all of them.</summary>
    private readonly int[]? _items;
    private readonly int[] _labels;
    private readonly int _channels;
    private readonly bool _hasOwnShape;
    private readonly ResizeRule? _chosenRule;
    private readonly ResizeRule _rule;

    private LabeledImages(
        string name, string source, IReadOnlyList<string> classes, IImageStore store, int[] labels,
        ImageDatasetOptions options, ImageShape? shape)
    {
        (Name, Source, Classes) = (name, source, classes);
        (_store, _labels) = (store, labels);
        (_channels, _hasOwnShape, Shape) = (options.Channels, shape is not null, shape);
        (_chosenRule, _rule) = (options.Resize, options.Resize ?? ResizeRule.Crop);
        ClassCounts = CountClasses();
    }

    private LabeledImages(LabeledImages other, string name, int[]? items, int[] labels, ImageShape? shape, ResizeRule rule)
    {
        (Name, Source, Classes, Warnings, SkippedCount) = (name, other.Source, other.Classes, other.Warnings, other.SkippedCount);
        (_store, _items, _labels) = (other._store, items, labels);
        (_channels, _hasOwnShape, Shape) = (other._channels, other._hasOwnShape, shape);
        (_chosenRule, _rule) = (other._chosenRule, rule);
        ClassCounts = CountClasses();
    }

    /// <summary>What the set is called: the last part of its path, and for a part of a set which part.</summary>
    public string Name { get; }

    /// <summary>The full path that was imported.</summary>
    public string Source { get; }

    /// <summary>Class names, by label.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>The number of images of each class, by label.</summary>
    public IReadOnlyList<int> ClassCounts { get; }

    /// <summary>The shape that images are read in; null while an image folder imported without a size waits for a model (<see cref="ForShape"/>).</summary>
    public ImageShape? Shape { get; }

    /// <summary>What the user should know about the import, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>How many broken images were left out at import.</summary>
    public int SkippedCount { get; private init; }

    /// <summary>
    /// Reads a data set. Images are ordered by class, in the order of labels, and within a class as in the file or by name.
    /// </summary>
    /// <param name="path">A folder or file; taken literally.</param>
    /// <param name="options">What to take of it.</param>
    /// <param name="token">Cancels between files.</param>
    /// <exception cref="PSTransferException">A wrong option, a path that isn't there, an unknown class, or a file that is not what it should be.</exception>
    public static LabeledImages Import(string path, ImageDatasetOptions options, CancellationToken token = default)
    {
        options.Validate();
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Path.Exists(full))
        {
            throw new PSTransferException(FaultKind.NotFound, $"{full}: there is no such file or folder.", path);
        }

        try
        {
            var format = options.Format == DatasetFormat.Auto ? DatasetDetector.Detect(full) : options.Format;
            LabelTable.RequireTable(full, format, options);
            return format switch
            {
                DatasetFormat.Table => LabelTable.Read(full, options, token),
                DatasetFormat.Cifar10 => CifarReader.Read(full, CifarLayout.Ten, options, token),
                DatasetFormat.Cifar100 => CifarReader.Read(full, CifarLayout.Hundred, options, token),
                DatasetFormat.Idx => IdxReader.Read(full, options, token),
                _ => ImageFolderReader.Read(full, options, token),
            };
        }
        catch (InvalidDataException damaged)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{full}: the compressed data are damaged ({damaged.Message}) Get the file again.", full, damaged);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{full}: can't be read: {error.Message}", full, error);
        }
    }

    /// <summary>The label of an image, from 0.</summary>
    public int LabelOf(int index) => _labels[index];

    /// <summary>The file of an image; null where many share one file.</summary>
    public string? PathOf(int index) => _store.PathOf(ItemOf(index));

    /// <summary>Writes an image into <paramref name="destination"/> as H×W×C bytes of <see cref="Shape"/>, RGB or grey.</summary>
    /// <exception cref="PSTransferException">The file is broken (the message names it), or the shape is not yet known.</exception>
    public void Read(int index, Span<byte> destination)
    {
        var shape = Shape ?? throw new PSTransferException(
            FaultKind.InvalidOperation, $"'{Name}' has no image size yet: give -ImageSize at import, or bind it to a model's shape first.", Name);
        try
        {
            _store.Read(ItemOf(index), shape, _rule, destination[..shape.ByteCount]);
        }
        catch (PSTransferException broken) when (broken.Kind == FaultKind.InvalidData)
        {
            throw WithRemedy(broken);
        }
    }

    /// <summary>Whether <see cref="Read"/> only copies bytes that are there already: nothing is decoded or resized.</summary>
    internal bool IsInMemory => Shape is { } shape && _store.Has(shape);

    /// <summary>Whether another set holds the same images with the same labels, read the same way, in the same order.</summary>
    public bool IsSameAs(LabeledImages other) =>
        (_channels, _chosenRule) == (other._channels, other._chosenRule)
        && Classes.SequenceEqual(other.Classes)
        && _labels.AsSpan().SequenceEqual(other._labels)
        && Enumerable.Range(0, Count).All(i => _store.IsSameImage(ItemOf(i), other._store, other.ItemOf(i)));

    /// <summary>Adds all that decides the pixels to a hash: the images' content in order, their size, and how they are brought to it.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="report">Told what is read, and how much of it is done, 0 to 1.</param>
    /// <param name="token">Checked at each image.</param>
    internal void AddContent(IncrementalHash hash, Action<string, double>? report, CancellationToken token)
    {
        hash.AppendData(Encoding.UTF8.GetBytes($"{Count} images as {Shape}, {_channels} channels, {_rule}, decoder {ImageDecoder.Version}\n"));
        var what = $"content of {Name}";
        for (var i = 0; i < Count; i++)
        {
            token.ThrowIfCancellationRequested();
            report?.Invoke(what, (double)i / Count);
            try
            {
                _store.AddContent(ItemOf(i), hash);
            }
            catch (PSTransferException broken) when (broken.Kind == FaultKind.InvalidData)
            {
                throw WithRemedy(broken);
            }

            YoungGarbage.Limit();
        }

        report?.Invoke(what, 1);
    }

    /// <summary>
    /// SHA-256 over labels, order, and how the images are read, as hexadecimal digits; of images with a file each over its path from
    /// <see cref="Source"/> on and its length, since reading a hundred thousand files takes minutes, and of others over their content.
    /// </summary>
    internal string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Count} images as {Shape}, {_channels} channels, {_rule}\n"));
        hash.AppendData(MemoryMarshal.AsBytes(_labels.AsSpan()));
        for (var i = 0; i < Count; i++)
        {
            var item = ItemOf(i);
            if (_store.PathOf(item) is { } path)
            {
                var length = new FileInfo(path) is { Exists: true } file ? file.Length : -1; // reading it will tell
                hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetRelativePath(Source, path).Replace('\\', '/')}\n{length}\n"));
            }
            else
            {
                _store.AddContent(item, hash);
            }

            YoungGarbage.Limit();
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Some of the images, in the order given; classes stay as they are.</summary>
    public LabeledImages Subset(IReadOnlyList<int> indices, string name) =>
        new(this, name, [.. indices.Select(ItemOf)], [.. indices.Select(index => _labels[index])], Shape, _rule);

    /// <summary>
    /// The set as a model takes it. An image folder imported without a size takes the model's shape, any set takes the model's
    /// <paramref name="modelRule"/> unless the user chose one.
    /// </summary>
    /// <exception cref="PSTransferException">The set has a shape of its own and it is another one.</exception>
    public LabeledImages ForShape(ImageShape shape, ResizeRule modelRule)
    {
        if (_channels != shape.Channels && _hasOwnShape is false)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"'{Name}' was imported with {_channels} channels, the model takes {shape}: import it with -Channels {shape.Channels} (Import-ImageDataset).",
                Name);
        }

        if (_hasOwnShape && Shape is { } own && own != shape)
        {
            var channels = own.Channels == shape.Channels ? "" : $" -Channels {shape.Channels}";
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"the images of '{Name}' are {own}, the model takes {shape}: import them with -ImageSize {shape.Height}, {shape.Width}{channels} (Import-ImageDataset), or build the model with -InputShape {own.Height}, {own.Width}, {own.Channels} (New-Backbone).",
                Name);
        }

        return new LabeledImages(this, Name, _items, _labels, shape, _chosenRule ?? modelRule);
    }

    /// <summary>The set with a shape: its own, or a square where it waits for a model's.</summary>
    public LabeledImages WithShape(int side) => Shape is null ? ForShape(new ImageShape(side, side, _channels), ResizeRule.Crop) : this;

    /// <summary>
    /// A stratified split: each class gives its share by largest remainder, and each class with at least two images has one on both sides at least.
    /// A class's draw depends on the seed and its label only.
    /// </summary>
    /// <param name="validation">The share to validate on, above 0 and below 1.</param>
    /// <param name="seed">Seeds the draw.</param>
    /// <exception cref="PSTransferException">The share is out of range or can't be reached.</exception>
    public (LabeledImages Training, LabeledImages Validation) Split(double validation, int seed)
    {
        var (training, validating) = StratifiedSplit.Make(_labels, Classes, validation, seed);
        return (Subset(training, $"{Name} (training)"), Subset(validating, $"{Name} (validation)"));
    }

    /// <summary>A set over images in memory, one H×W×C array each.</summary>
    internal static LabeledImages FromMemory(
        string path, SampleChoice choice, ImageShape native, byte[][] images, ImageDatasetOptions options, string[] warnings) =>
        new(NameOf(path), path, choice.Classes, new MemoryStore(native, images), choice.Labels, options,
            options.RequestedShape ?? native with { Channels = options.Channels })
        {
            Warnings = warnings,
        };

    /// <summary>A set over image files of the folder <paramref name="path"/>.</summary>
    internal static LabeledImages FromFiles(
        string path, string[] classes, IReadOnlyList<string> files, int[] labels, ImageDatasetOptions options, int skipped, string[] warnings) =>
        new(NameOf(path), path, classes, new FileStore(files), labels, options, options.RequestedShape)
        {
            Warnings = warnings,
            SkippedCount = skipped,
        };

    private int ItemOf(int index) => _items?[index] ?? index;

    private static PSTransferException WithRemedy(PSTransferException broken) =>
        new(broken.Kind, $"{broken.Message} Replace the file, or leave broken ones out with -SkipInvalid of Import-ImageDataset.", broken.Target, broken);

    private static string NameOf(string path) => Path.GetFileName(path) is { Length: > 0 } name ? name : path;

    private int[] CountClasses()
    {
        var counts = new int[Classes.Count];
        foreach (var label in _labels)
        {
            counts[label]++;
        }

        return counts;
    }
}
