using System.Buffers.Binary;
using PSTransfer.Core.Weights.Safetensors;
using PureHDF;
using PureHDF.VOL.Native;

namespace PSTransfer.Core.Weights.KerasH5;

/// <summary>
/// Keras' .h5 (HDF5), open for reading: weights alone, or a whole model with its weights under /model_weights. The group of each layer in
/// the attribute layer_names lists its tensors in weight_names. Strings may have fixed or variable length; an attribute that is too long for
/// HDF5 goes on in layer_names0, layer_names1 and so on.
/// </summary>
internal sealed class KerasFile : IWeightFile
{
    private const int MaxNames = 100_000;
    private readonly string _path;
    private readonly GuardedStream _stream;
    private readonly NativeFile _root;
    private readonly Dictionary<StoredTensor, IH5Dataset> _data = new(ReferenceEqualityComparer.Instance);

    private KerasFile(string path, GuardedStream stream)
    {
        _path = path;
        _stream = stream;
        CheckLength();
        if (ExternalLinks.Exist(stream))
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: the file has links into other files, which are not followed; save the weights into one file with Keras.", path);
        }

        stream.Position = 0;
        _root = H5File.Open(stream, leaveOpen: true);
        var group = IsGroup("model_weights") ? _root.Group("model_weights") : _root;
        var layers = Names(group, "layer_names") ?? throw NotKeras();
        Tensors = [.. layers.SelectMany(layer => TensorsOf(group, layer))];
    }

    /// <inheritdoc/>
    public WeightConvention Convention => WeightConvention.Keras;

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Opens a file and reads its lists, no numbers yet.</summary>
    /// <exception cref="PSTransferException">It can't be read, is damaged, or isn't Keras' .h5.</exception>
    public static KerasFile Open(string path)
    {
        GuardedStream? stream = null;
        try
        {
            stream = new GuardedStream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
            return new KerasFile(path, stream);
        }
        catch (Exception exception)
        {
            stream?.Dispose();
            throw exception is PSTransferException ? exception : Damaged(path, exception);
        }
    }

    /// <inheritdoc/>
    public void Read(StoredTensor tensor, Span<float> destination)
    {
        var data = _data[tensor];
        var place = $"{_path}: {SafetensorsFile.Printable(tensor.Name)}";
        try
        {
            if (tensor.DataType != "float32")
            {
                throw new PSTransferException(
                    FaultKind.InvalidData, $"{place}: expected float32, found {tensor.DataType}; convert the weights to float32 before saving them.", _path);
            }

            // Other layouts are read in pieces whose sizes nobody has checked; Keras doesn't write them.
            if (data.Layout.Class is not (H5DataLayoutClass.Contiguous or H5DataLayoutClass.Compact))
            {
                throw new PSTransferException(
                    FaultKind.InvalidData, $"{place}: its numbers are stored {data.Layout.Class} (in pieces or compressed); expected them in one piece, as Keras writes them. Save the weights again with Keras.", _path);
            }

            var before = _stream.BytesRead;
            var values = new float[destination.Length];
            data.Read(values);
            values.CopyTo(destination);
            if (data.Layout.Class == H5DataLayoutClass.Contiguous && _stream.BytesRead - before < destination.Length * (long)sizeof(float))
            {
                throw new PSTransferException(FaultKind.InvalidData, $"{place}: its numbers are not in the file (never written, or in another file); save the weights again.", _path);
            }
        }
        catch (Exception exception) when (exception is not PSTransferException)
        {
            throw Damaged(place, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Says of a file that is shorter than its own header tells that it was cut off, before the parser stumbles somewhere.</summary>
    private void CheckLength()
    {
        Span<byte> start = stackalloc byte[48];
        _stream.ReadExactly(start);
        _stream.Position = 0;
        var end = start[8] switch
        {
            0 => BinaryPrimitives.ReadInt64LittleEndian(start[40..]),
            2 or 3 => BinaryPrimitives.ReadInt64LittleEndian(start[28..]),
            _ => 0,
        };
        if (end > _stream.Length)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{_path}: the file is cut off: by its header it has {end} bytes, found {_stream.Length}; download or export it again.", _path);
        }
    }

    private bool IsGroup(string name) => _root.LinkExists(name) && _root.Get(name) is IH5Group;

    private PSTransferException NotKeras() => new(
        FaultKind.InvalidData,
        IsGroup("layers")
            ? $"{_path}: this is Keras 3's .weights.h5, which has no list of its layers (attribute layer_names). Save the model as .h5 instead: model.save('model.h5')."
            : $"{_path}: an HDF5 file, but not one of Keras: expected the attribute layer_names at / or /model_weights, found none.",
        _path);

    private IEnumerable<KerasTensor> TensorsOf(IH5Group group, string layer)
    {
        if (!group.LinkExists(layer) || group.Get(layer) is not IH5Group members)
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{_path}: layer_names lists {SafetensorsFile.Printable(layer)}, but the file has no such group; download or export it again.", _path);
        }

        foreach (var name in Names(members, "weight_names") ?? [])
        {
            if (!members.LinkExists(name) || members.Get(name) is not IH5Dataset data)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData, $"{_path}: {SafetensorsFile.Printable(layer)}: weight_names lists {SafetensorsFile.Printable(name)}, but the file has no such tensor; download or export it again.", _path);
            }

            var tensor = new KerasTensor(layer, name, [.. data.Space.Dimensions.Select(size => checked((long)size))], DataType(data.Type));
            _data.Add(tensor, data);
            yield return tensor;
        }
    }

    private static string DataType(IH5DataType type) =>
        (type.Class switch { H5DataTypeClass.FloatingPoint => "float", H5DataTypeClass.FixedPoint => "int", var other => $"{other} " }) + (type.Size * 8L);

    /// <summary>The strings of an attribute, or of its parts; null when there is none.</summary>
    private List<string>? Names(IH5Group group, string attribute)
    {
        if (group.AttributeExists(attribute))
        {
            return [.. Strings(group.Attribute(attribute))];
        }

        var names = new List<string>();
        var part = 0;
        for (; group.AttributeExists($"{attribute}{part}"); part++)
        {
            names.AddRange(Strings(group.Attribute($"{attribute}{part}")));
        }

        return part == 0 ? null : names;
    }

    private string[] Strings(IH5Attribute attribute)
    {
        // A layer without weights has an empty array of float64 here.
        var count = Count([.. attribute.Space.Dimensions.Select(size => checked((long)size))]);
        if (count == 0)
        {
            return [];
        }

        var size = Math.Max(1L, attribute.Type.Size);
        if (count > MaxNames || count * size > _stream.Length)
        {
            throw new InvalidDataException($"the list {attribute.Name} has {count} names of {size} bytes");
        }

        return [.. attribute.Read<string[]>().Select(name => name.TrimEnd('\0'))];
    }

    private static long Count(IReadOnlyList<long> shape) => shape.Aggregate(1L, (product, size) => checked(product * size));

    private static PSTransferException Damaged(string place, Exception exception) =>
        exception is FileNotFoundException or DirectoryNotFoundException
            ? new PSTransferException(FaultKind.NotFound, $"{place}: there is no such file; check the path.", place, exception)
            : new PSTransferException(FaultKind.InvalidData, $"{place}: it can't be read as Keras' .h5: {exception.Message.TrimEnd('.')}; download or export the file again.", place, exception);
}
