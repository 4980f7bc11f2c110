using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Formats;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Tables;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Sets;

/// <summary>Images with one label each. The set is immutable. Pixels are read on demand, from any thread.</summary>
public sealed class LabeledImages
{
    private readonly IImageStore _store;

    /// <summary>The number of each image in the store; null if the set has all images of the store.</summary>
    private readonly int[]? _items;
    private readonly int[] _labels;
    private readonly int _channels;
    private readonly bool _hasOwnShape;
    private readonly ResizeRule? _chosenRule;

    private LabeledImages(
        string name, string source, IReadOnlyList<string> classes, IImageStore store, int[] labels,
        ImageDatasetOptions options, ImageShape? shape)
    {
        (Name, Source, Classes) = (name, source, classes);
        (_store, _labels) = (store, labels);
        (_channels, _hasOwnShape, _chosenRule) = (options.Channels, shape is not null, options.Resize);
        Pixels = shape is { } own ? new PixelPath(own, options.Resize ?? ResizeRule.Crop) : null;
        ClassCounts = CountClasses();
    }

    private LabeledImages(LabeledImages other, string name, int[]? items, IReadOnlyList<string> classes, int[] labels, PixelPath? pixels)
    {
        (Name, Source, Classes, Warnings, Notes, SkippedCount) = (
            name, other.Source, classes, other.Warnings, other.Notes, other.SkippedCount);
        (_store, _items, _labels) = (other._store, items, labels);
        (_channels, _hasOwnShape, _chosenRule, Pixels) = (other._channels, other._hasOwnShape, other._chosenRule, pixels);
        ClassCounts = CountClasses();
    }

    /// <summary>The set's name: the last part of its path; for a part of a set, also which part.</summary>
    public string Name { get; }

    /// <summary>The full path that the set was imported from.</summary>
    public string Source { get; }

    /// <summary>Class names, by label.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>The number of images of each class, by label.</summary>
    public IReadOnlyList<int> ClassCounts { get; }

    /// <summary>
    /// How images are read. Null for an image folder imported without a size, until it is bound to a model's path (<see cref="ForModel"/>).
    /// </summary>
    public PixelPath? Pixels { get; }

    /// <summary>The resize rule that the user chose at import; null if the model's rule applies.</summary>
    internal ResizeRule? ChosenRule => _chosenRule;

    /// <summary>The shape that images are read in; null while <see cref="Pixels"/> is null.</summary>
    public ImageShape? Shape => Pixels?.Shape;

    /// <summary>The warnings about the import, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Remarks about the import that report no loss, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>How many broken images were left out at import.</summary>
    public int SkippedCount { get; private init; }

    /// <summary>
    /// Reads a data set. Images are ordered by class in the order of labels, and within a class by their order in the file or by name.
    /// </summary>
    /// <param name="path">A folder or file; taken literally.</param>
    /// <param name="options">What to take from the data set.</param>
    /// <param name="report">Called with what is being decoded and the share that is done, 0 to 1. Not called unless every image is decoded
    /// at import.</param>
    /// <param name="token">Cancels between files.</param>
    /// <exception cref="PSTransferException">A wrong option, a missing path, an unknown class, or a file with unexpected
    /// content.</exception>
    public static LabeledImages Import(string path, ImageDatasetOptions options, Action<string, double>? report, CancellationToken token)
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
                DatasetFormat.Table => LabelTable.Read(full, options, report, token),
                DatasetFormat.Cifar10 => CifarReader.Read(full, CifarLayout.Ten, options, token),
                DatasetFormat.Cifar100 => CifarReader.Read(full, CifarLayout.Hundred, options, token),
                DatasetFormat.Idx => IdxReader.Read(full, options, token),
                _ => ImageFolderReader.Read(full, options, report, token),
            };
        }
        catch (InvalidDataException damaged)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{full}: the compressed data are damaged ({damaged.Message}) Get the file again.",
                full, damaged);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{full}: can't be read: {error.Message}", full, error);
        }
    }

    /// <summary>Reads a data set without reporting progress.</summary>
    public static LabeledImages Import(string path, ImageDatasetOptions options, CancellationToken token = default) =>
        Import(path, options, null, token);

    /// <summary>The label of an image, from 0.</summary>
    public int LabelOf(int index) => _labels[index];

    /// <summary>The file of an image; null if many images share one file.</summary>
    public string? PathOf(int index) => _store.PathOf(ItemOf(index));

    /// <summary>
    /// The path of an image's file from <see cref="Source"/> on, with / between folders; null if many images share one file.
    /// </summary>
    internal string? RelativePathOf(int index) => PathOf(index) is { } path ? Path.GetRelativePath(Source, path).Replace('\\', '/') : null;

    /// <summary>The length of an image's file in bytes; -1 if the file is gone, null if many images share one.</summary>
    internal long? LengthOf(int index) =>
        PathOf(index) is not { } path ? null : new FileInfo(path) is { Exists: true } file ? file.Length : -1;

    /// <summary>The SHA-256 of an image's content, in hexadecimal: of its file, or of its pixels if many images share a file.</summary>
    internal string ContentHash(int index)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _store.AddContent(ItemOf(index), hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The pixel path, which image folders have only once their size is known.</summary>
    /// <exception cref="PSTransferException">InvalidOperation: the images have no size yet.</exception>
    internal PixelPath RequirePixels() => Pixels ?? throw new PSTransferException(
        FaultKind.InvalidOperation,
        $"'{Name}' has no image size yet: give {Option.Name("ImageSize")} at import, or bind it to a model's shape first.",
        Name);

    /// <summary>Writes an image into <paramref name="destination"/> as H×W×C bytes of <see cref="Shape"/>, RGB or grey.</summary>
    /// <exception cref="PSTransferException">The file is broken (the message names it), or the shape isn't known yet.</exception>
    public void Read(int index, Span<byte> destination)
    {
        var pixels = RequirePixels();
        try
        {
            _store.Read(ItemOf(index), pixels, destination[..pixels.Shape.ByteCount]);
        }
        catch (PSTransferException broken) when (broken.Kind is FaultKind.InvalidData or FaultKind.NotFound)
        {
            throw WithRemedy(broken);
        }
    }

    /// <summary>The H×W×C bytes of an image.</summary>
    /// <exception cref="PSTransferException">The image can't be read, as for <see cref="Read"/>.</exception>
    internal byte[] PixelsOf(int index)
    {
        var pixels = new byte[Pixels?.Shape.ByteCount ?? 0];
        Read(index, pixels);
        return pixels;
    }

    /// <summary>Whether <see cref="Read"/> only copies bytes in memory, without decoding or resizing.</summary>
    internal bool IsInMemory => Pixels is { } pixels && _store.Has(pixels);

    /// <summary>Whether another set holds the same images with the same labels, in the same order and read in the same way.</summary>
    public bool IsSameAs(LabeledImages other) =>
        (_channels, _chosenRule) == (other._channels, other._chosenRule)
        && Classes.SequenceEqual(other.Classes)
        && _labels.AsSpan().SequenceEqual(other._labels)
        && Enumerable.Range(0, Count).All(i => _store.IsSameImage(ItemOf(i), other._store, other.ItemOf(i)));

    /// <summary>Adds all that decides the pixels to a hash: the images' content in order, their size, and their resize rule.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="report">Called with what is being read and the share that is done, 0 to 1.</param>
    /// <param name="token">Checked at each image.</param>
    internal void AddContent(IncrementalHash hash, Action<string, double>? report, CancellationToken token)
    {
        hash.AppendData(
            Encoding.UTF8.GetBytes($"{Count} images as {Shape}, {_channels} channels, {Pixels?.Resize}, decoder {ImageDecoder.Version}\n"));
        var what = $"content of {Name}";
        for (var i = 0; i < Count; i++)
        {
            token.ThrowIfCancellationRequested();
            report?.Invoke(what, (double)i / Count);
            try
            {
                _store.AddContent(ItemOf(i), hash);
            }
            catch (PSTransferException broken) when (broken.Kind is FaultKind.InvalidData or FaultKind.NotFound)
            {
                throw WithRemedy(broken);
            }

            YoungGarbage.Limit();
        }

        report?.Invoke(what, 1);
    }

    /// <summary>
    /// The SHA-256 over labels, order and the way of reading, in hexadecimal. Images with a file each count by path from
    /// <see cref="Source"/> on and by length, since reading a hundred thousand files takes minutes. Other images count by content.
    /// </summary>
    internal string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Count} images as {Shape}, {_channels} channels, {Pixels?.Resize}\n"));
        hash.AppendData(MemoryMarshal.AsBytes(_labels.AsSpan()));
        for (var i = 0; i < Count; i++)
        {
            if (PathOf(i) is not null)
            {
                hash.AppendData(
                    Encoding.UTF8.GetBytes($"{RelativePathOf(i)}\n{LengthOf(i)}\n")); // a missing file is reported when it is read
            }
            else
            {
                _store.AddContent(ItemOf(i), hash);
            }

            YoungGarbage.Limit();
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Makes a set of some of the images, in the given order. The classes stay as they are.</summary>
    public LabeledImages Subset(IReadOnlyList<int> indices, string name) =>
        new(this, name, [.. indices.Select(ItemOf)], Classes, [.. indices.Select(index => _labels[index])], Pixels);

    /// <summary>
    /// The set as a model reads it, by the model's path. An image folder imported without a size takes the model's shape. A resize rule
    /// chosen at import replaces the path's rule, unless the model is bound to its own.
    /// </summary>
    /// <param name="path">The model's path.</param>
    /// <param name="isFixed">Whether the model has learnt from pixels of this path, so that another rule would change its pictures.</param>
    /// <exception cref="PSTransferException">The set has another shape than the model, or another rule than the one that the model is bound
    /// to.</exception>
    public LabeledImages ForModel(PixelPath path, bool isFixed = false)
    {
        var shape = path.Shape;
        if (_channels != shape.Channels && _hasOwnShape is false)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"'{Name}' was imported with {_channels} channels, the model takes {shape}: "
                + $"import it with {Option.Set("Channels", shape.Channels)}{Option.AtPrompt(" (Import-ImageDataset)")}.",
                Name)
            {
                Others = ["Channels"],
            };
        }

        if (_hasOwnShape && Shape is { } own && own != shape)
        {
            var channels = own.Channels == shape.Channels ? "" : Option.AlsoSet("Channels", shape.Channels);
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"the images of '{Name}' are {own}, the model takes {shape}: import them with "
                + $"{Option.Set("ImageSize", [shape.Height, shape.Width])}{channels}{Option.AtPrompt(" (Import-ImageDataset)")}, "
                + $"or build the model with {Option.Set("InputShape", [own.Height, own.Width, own.Channels])}"
                + $"{Option.AtPrompt(" (New-Backbone)")}.",
                Name)
            {
                Others = own.Channels == shape.Channels ? ["ImageSize", "InputShape"] : ["ImageSize", "Channels", "InputShape"],
            };
        }

        var chosen = path with { Resize = _chosenRule ?? path.Resize, Decoder = ImageDecoder.Version };
        if (isFixed && chosen.Resize != path.Resize && !(_store.Has(path) && _store.Has(chosen)))
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"'{Name}' was imported with {Option.Name("Resize")} {chosen.Resize}, but the model learnt from pictures "
                + $"brought to size by {path.Resize} and would see other pictures. "
                + $"Import it without {Option.Name("Resize")} to use the model's rule."
                + (path.Decoder <= PixelPath.OlderDecoder
                    ? $" If that rule is only assumed for an older file, give Import-TransferModel -Resize {chosen.Resize}."
                    : string.Empty),
                "Resize");
        }

        return new LabeledImages(this, Name, _items, Classes, _labels, chosen);
    }

    /// <summary>
    /// The set with the classes of a model, matched by name. Labels become the model's if the set has some of its classes, or has them in
    /// another order. An absent class has no images. A set with a class that the model lacks stays as it is.
    /// </summary>
    public LabeledImages ForClasses(IReadOnlyList<string> classes)
    {
        if (Classes.SequenceEqual(classes))
        {
            return this;
        }

        var position = classes.Index().ToDictionary(name => name.Item, name => name.Index, StringComparer.Ordinal);
        return Classes.All(position.ContainsKey)
            ? new LabeledImages(this, Name, _items, classes, [.. _labels.Select(label => position[Classes[label]])], Pixels)
            : this;
    }

    /// <summary>The set with a shape: its own, or a square of the given side if it has none yet.</summary>
    public LabeledImages WithShape(int side) =>
        Shape is null ? ForModel(new PixelPath(new ImageShape(side, side, _channels), ResizeRule.Crop)) : this;

    /// <summary>
    /// Makes a stratified split. Each class gives its share by largest remainder. Each class with at least two images has at least one on
    /// both sides. A class's draw depends only on the seed and its label.
    /// </summary>
    /// <param name="validation">The share to validate on, above 0 and below 1.</param>
    /// <param name="seed">Seeds the draw.</param>
    /// <exception cref="PSTransferException">The share is out of range or can't be reached.</exception>
    public (LabeledImages Training, LabeledImages Validation) Split(double validation, int seed)
    {
        var (training, validating) = StratifiedSplit.Make(_labels, Classes, validation, seed);
        return (Subset(training, $"{Name} (training)"), Subset(validating, $"{Name} (validation)"));
    }

    /// <summary>Makes a set from images in memory, one H×W×C array each.</summary>
    internal static LabeledImages FromMemory(
        string path, SampleChoice choice, ImageShape native, byte[][] images, ImageDatasetOptions options, string[] warnings) =>
        new(NameOf(path), path, choice.Classes, new MemoryStore(native, images), choice.Labels, options,
            options.RequestedShape ?? native with { Channels = options.Channels })
        {
            Warnings = warnings,
        };

    /// <summary>Makes a set from image files of the folder <paramref name="path"/>.</summary>
    internal static LabeledImages FromFiles(
        string path,
        string[] classes,
        IReadOnlyList<string> files,
        int[] labels,
        ImageDatasetOptions options,
        int skipped,
        string[] warnings,
        string[] notes) =>
        new(NameOf(path), path, classes, new FileStore(files), labels, options, options.RequestedShape)
        {
            Warnings = warnings,
            Notes = notes,
            SkippedCount = skipped,
        };

    private int ItemOf(int index) => _items?[index] ?? index;

    private static PSTransferException WithRemedy(PSTransferException broken) =>
        new(
            broken.Kind,
            $"{broken.Message} Replace the file, "
            + $"or leave broken ones out with {Option.Name("SkipInvalid")}{Option.AtPrompt(" of Import-ImageDataset")}.",
            broken.Target,
            broken)
        {
            Others = ["SkipInvalid"],
        };

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
