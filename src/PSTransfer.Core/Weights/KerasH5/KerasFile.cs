using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Hdf5;

namespace PSTransfer.Core.Weights.KerasH5;

/// <summary>
/// Keras' .h5, open for reading: weights alone, or a whole model with its weights under /model_weights, or Keras 3's .weights.h5
/// (<see cref="Keras3Variables"/>). In the first two kinds the attribute layer_names lists groups, and weight_names lists the tensors of
/// each group. Strings may have fixed or variable length. A list that is too long for HDF5 continues in layer_names0, layer_names1 and so
/// on.
/// </summary>
internal sealed class KerasFile : IWeightFile
{
    private readonly Hdf5File _file;
    private readonly Dictionary<StoredTensor, Hdf5Dataset> _data = new(ReferenceEqualityComparer.Instance);

    private KerasFile(Hdf5Bytes bytes)
    {
        _file = new Hdf5File(bytes);
        var group = _file.Root.Find("model_weights") is { IsGroup: true } inner ? inner : _file.Root;
        var layers = Names(group, "layer_names");
        foreach (var layer in layers ?? [])
        {
            AddLayer(group, layer);
        }

        foreach (var (layer, name, index, data) in layers is null ? Keras3Variables.In(_file) : [])
        {
            Add(data, layer, name, index);
        }

        // Keras 3 names the groups of layers for their classes. The groups of layers without weights may be missing.
        Layers = layers ?? _file.Root.Find("layers")?.Names.ToList();
        Tensors = [.. _data.Keys];
        if (layers is null && Tensors.Count == 0)
        {
            throw bytes.Wrong(
                "an HDF5 file, but not one of Keras with weights: expected the attribute layer_names at / or /model_weights, "
                + "or Keras 3's groups layers/.../vars with numbers in them; found none.");
        }
    }

    /// <inheritdoc/>
    public WeightConvention Convention => WeightConvention.Keras;

    /// <inheritdoc/>
    public IReadOnlyCollection<string>? Layers { get; }

    /// <summary>The tensors, each of them a <see cref="KerasTensor"/>.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Opens a file and reads its lists, without any numbers.</summary>
    /// <exception cref="PSTransferException">The file can't be read, is damaged, or isn't a Keras .h5.</exception>
    public static KerasFile Open(string path)
    {
        var file = WeightFileHandle.Open(path, "a Keras .h5 file");
        return Open(new Hdf5Bytes(file, member: null, 0, file.Length));
    }

    /// <summary>Opens a file that may lie inside another; closes it if it is refused.</summary>
    public static KerasFile Open(Hdf5Bytes bytes)
    {
        try
        {
            return new KerasFile(bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Read(StoredTensor tensor, Span<float> destination)
    {
        var data = _data[tensor];
        var place = Printable.Text(tensor.Name);
        if (tensor.DataType is not ("float32" or "float16" or "bfloat16"))
        {
            throw _file.Bytes.Wrong(
                $"{place}: expected float32, found {tensor.DataType}; convert the weights to float32 before saving them.");
        }

        if (destination.Length != data.Count)
        {
            throw new ArgumentException($"{place} has {data.Count} values, the destination {destination.Length}.", nameof(destination));
        }

        data.Read(destination);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void AddLayer(Hdf5Object group, string layer)
    {
        if (group.Find(layer) is not { IsGroup: true } members)
        {
            throw _file.Bytes.Wrong(
                $"layer_names lists {Printable.Text(layer)}, but the file has no such group; download or export it again.");
        }

        foreach (var name in Names(members, "weight_names") ?? [])
        {
            if (members.Find(name) is not { IsDataset: true } found)
            {
                throw _file.Bytes.Wrong(
                    $"{Printable.Text(layer)}: weight_names lists {Printable.Text(name)}, but the file has no such tensor; "
                    + "download or export it again.");
            }

            Add(found.Dataset(), layer, name, index: null);
        }
    }

    private void Add(Hdf5Dataset data, string layer, string name, int? index) =>
        _data.Add(new KerasTensor(layer, name, data.Shape, data.DataType, index), data);

    /// <summary>The strings of an attribute or of its parts; null if there is none.</summary>
    private static List<string>? Names(Hdf5Object group, string attribute)
    {
        if (group.Strings(attribute) is { } whole)
        {
            return whole;
        }

        var names = new List<string>();
        var part = 0;
        for (; group.Strings($"{attribute}{part}") is { } some; part++)
        {
            names.AddRange(some);
        }

        return part == 0 ? null : names;
    }
}
