using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Weights.Safetensors;

/// <summary>Writes the safetensors format. The same metadata and tensors always give the same bytes.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes float32 and int64 tensors of any shape, in the given order.</summary>
    /// <param name="stream">The stream, written from its current position on and left open.</param>
    /// <param name="metadata">The metadata, written sorted by key; left out if empty.</param>
    /// <param name="tensors">Names and tensors. A tensor that is strided or on another device is copied, one at a time; the others are
    /// written from their own memory.</param>
    /// <exception cref="PSTransferException">InvalidArgument: a tensor has another type, or a name is used twice or reserved for
    /// metadata.</exception>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        byte[] header = Header(metadata, tensors);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach ((_, Tensor tensor) in tensors)
        {
            WriteData(stream, tensor);
        }
    }

    private static byte[] Header(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                WriteMetadata(json, metadata);
            }

            WriteEntries(json, tensors);
            json.WriteEndObject();
        }

        // The length field and the padded header are multiples of 8, so the data are aligned for any reader that maps the file.
        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafetensorsHeader.MetadataName);
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var names = new HashSet<string> { SafetensorsHeader.MetadataName };
        long begin = 0;
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!names.Add(name))
            {
                throw new PSTransferException(
                    FaultKind.InvalidArgument, $"{name}: two tensors can't have this name in one file; rename one.", name);
            }

            long end = begin + (tensor.numel() * tensor.element_size());
            json.WriteStartObject(name);
            json.WriteString("dtype", DataType(name, tensor));
            WriteNumbers(json, "shape", tensor.shape);
            WriteNumbers(json, "data_offsets", [begin, end]);
            json.WriteEndObject();
            begin = end;
        }
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static string DataType(string name, Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Float32 => "F32",
        ScalarType.Int64 => "I64",
        _ => throw new PSTransferException(
            FaultKind.InvalidArgument, $"{name}: expected a float32 or int64 tensor, found {tensor.dtype}; convert it first.", name),
    };

    private static void WriteData(Stream stream, Tensor tensor)
    {
        // The loop writes slices, since a span holds at most 2^31 bytes and a tensor may have more.
        const long SliceLength = 1 << 24;
        using Tensor detached = tensor.detach();
        using Tensor local = detached.cpu();
        using Tensor flat = local.reshape(-1);
        for (long start = 0; start < flat.numel(); start += SliceLength)
        {
            using Tensor slice = flat.narrow(0, start, Math.Min(SliceLength, flat.numel() - start));
            stream.Write(slice.bytes);
        }
    }
}
