using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace PSTransfer.Core.Weights.KerasH5;

/// <summary>A layer and its learned weights.</summary>
/// <param name="Name">The layer's name in Keras, such as conv1_conv.</param>
/// <param name="Weights">The weights in Keras' order; empty for a layer without weights.</param>
internal sealed record KerasLayerWeights(string Name, IReadOnlyList<KerasWeight> Weights);

/// <summary>A tensor to write.</summary>
/// <param name="Name">The name with its layer, such as conv1_conv/kernel:0.</param>
/// <param name="Shape">The shape in Keras' order: height, width, in, out for a kernel.</param>
/// <param name="Fill">Fills a span of the shape's size with the numbers, row-major. Called once, when the weight is written.</param>
internal sealed record KerasWeight(string Name, IReadOnlyList<long> Shape, Action<Span<float>> Fill);

/// <summary>
/// Writes weights like Keras' save_weights('x.h5'), so that load_weights reads them. The attribute layer_names lists a group for each
/// layer; weight_names lists the tensors of a group. Source: Keras' saving/legacy_h5_format.py (hdf5_format.py before Keras 3).
/// </summary>
internal static class KerasH5Writer
{
    // Without a version, Keras takes the file for one of Keras 1 and turns its kernels.
    private const string KerasVersion = "2.15.0";

    // Keras' own limit for a list, below HDF5's 64 KiB for a message.
    private const int LongestList = 64_512;

    /// <summary>Writes a file. Only one tensor's numbers are in memory at a time.</summary>
    /// <param name="stream">The stream, written from its present position on, which counts as the file's start; need not seek.</param>
    /// <param name="layers">The layers in Keras' order.</param>
    /// <exception cref="ArgumentException">Two layers have the same name, or two weights of a layer, or a weight and a layer.</exception>
    public static void Write(Stream stream, IReadOnlyList<KerasLayerWeights> layers)
    {
        var root = new Group();
        AddList(root, "layer_names", layers.Select(layer => layer.Name));
        root.Attributes.Add(Hdf5Structures.TextAttribute("backend", "tensorflow"));
        root.Attributes.Add(Hdf5Structures.TextAttribute("keras_version", KerasVersion));
        long position = Hdf5Structures.SuperblockLength;
        foreach (var layer in layers)
        {
            var group = root.Find(layer.Name);
            if (group.Attributes.Count > 0)
            {
                throw new ArgumentException($"Two layers have the name {layer.Name}.", nameof(layers));
            }

            AddList(group, "weight_names", layer.Weights.Select(weight => weight.Name));
            foreach (var weight in layer.Weights)
            {
                group.Add(weight.Name, new Dataset(weight.Shape, position));
                position += Aligned(ByteCount(weight));
            }
        }

        // The lists of a file come after its numbers: only then are their addresses known, and the lists are small enough for the memory.
        using var structures = new Hdf5Structures(position);
        var header = WriteTree(structures, root);
        stream.Write(structures.Superblock(header));
        WriteNumbers(stream, layers);
        structures.CopyTo(stream);
    }

    private static long ByteCount(KerasWeight weight) =>
        weight.Shape.Aggregate((long)sizeof(float), (product, size) => checked(product * size));

    private static long Aligned(long length) => (length + 7) & ~7L;

    /// <summary>
    /// Adds a list of names as an attribute. A list that is too long becomes several of equal length (layer_names0, layer_names1...).
    /// </summary>
    private static void AddList(Group group, string attribute, IEnumerable<string> list)
    {
        byte[][] names = [.. list.Select(Encoding.UTF8.GetBytes)];
        var width = names.Select(name => name.Length).DefaultIfEmpty(1).Max();
        var parts = 1;
        while (((names.Length + parts - 1) / parts) * (long)width > LongestList)
        {
            parts++;
        }

        for (int part = 0, start = 0; part < parts; part++)
        {
            var count = (names.Length / parts) + (part < names.Length % parts ? 1 : 0);
            var name = parts == 1 ? attribute : $"{attribute}{part}";
            group.Attributes.Add(Hdf5Structures.ListAttribute(name, names.AsSpan(start, count), width));
            start += count;
        }
    }

    private static Hdf5Structures.GroupPlace WriteTree(Hdf5Structures structures, Group group)
    {
        var links = new List<(byte[] Name, long Header)>();
        foreach (var (name, member) in group.Members)
        {
            links.Add((Encoding.UTF8.GetBytes(name), member switch
            {
                Dataset dataset => structures.AddDataset(dataset.Shape, dataset.Position),
                _ => WriteTree(structures, (Group)member).Header,
            }));
        }

        return structures.AddGroup(links, group.Attributes);
    }

    private static void WriteNumbers(Stream stream, IReadOnlyList<KerasLayerWeights> layers)
    {
        float[] buffer = [];
        foreach (var weight in layers.SelectMany(layer => layer.Weights))
        {
            var count = checked((int)(ByteCount(weight) / sizeof(float)));
            if (buffer.Length < count)
            {
                buffer = new float[count];
            }

            var numbers = buffer.AsSpan(0, count);
            weight.Fill(numbers);
            if (!BitConverter.IsLittleEndian)
            {
                var bits = MemoryMarshal.Cast<float, uint>(numbers);
                BinaryPrimitives.ReverseEndianness(bits, bits);
            }

            stream.Write(MemoryMarshal.AsBytes(numbers));
            stream.Write(new byte[Aligned(ByteCount(weight)) - ByteCount(weight)]);
        }
    }

    private sealed record Dataset(IReadOnlyList<long> Shape, long Position);

    /// <summary>A group of datasets and groups. A name with slashes leads through groups, which are created on the way.</summary>
    private sealed class Group
    {
        public Dictionary<string, object> Members { get; } = [];

        public List<byte[]> Attributes { get; } = [];

        public Group Find(string path)
        {
            var group = this;
            foreach (var name in path.Split('/'))
            {
                if (!group.Members.TryGetValue(name, out var member))
                {
                    group.Members.Add(name, member = new Group());
                }

                group = member as Group ?? throw new ArgumentException($"A weight and a layer have the name {path}.", nameof(path));
            }

            return group;
        }

        public void Add(string path, Dataset dataset)
        {
            var slash = path.LastIndexOf('/');
            var group = slash < 0 ? this : Find(path[..slash]);
            if (!group.Members.TryAdd(path[(slash + 1)..], dataset))
            {
                throw new ArgumentException($"Two weights of a layer have the name {path}.", nameof(path));
            }
        }
    }
}
