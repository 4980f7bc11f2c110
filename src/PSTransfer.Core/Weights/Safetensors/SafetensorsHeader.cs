using System.Text.Json;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.Safetensors;

/// <summary>
/// The JSON header of a safetensors file. Its numbers are used only after all of them have been checked against the file's length. Format:
/// https://huggingface.co/docs/safetensors.
/// </summary>
internal sealed class SafetensorsHeader
{
    public const string MetadataName = "__metadata__";

    // torch itself stops at 64. Without a bound, a header of zeros would need a multiple of its own size.
    private const int MaxRank = 64;

    // Fifty times as many as in a checkpoint of an image network. The longest header of the format could list two million.
    private const int MaxTensors = 100_000;

    private static readonly Dictionary<string, int> BytesPerElement = new()
    {
        ["BOOL"] = 1, ["U8"] = 1, ["I8"] = 1, ["F8_E4M3"] = 1, ["F8_E5M2"] = 1, ["F8_E8M0"] = 1,
        ["I16"] = 2, ["U16"] = 2, ["F16"] = 2, ["BF16"] = 2,
        ["I32"] = 4, ["U32"] = 4, ["F32"] = 4,
        ["I64"] = 8, ["U64"] = 8, ["F64"] = 8, ["C64"] = 8,
    };

    private readonly string _path;

    private SafetensorsHeader(string path) => _path = path;

    public OrderedDictionary<string, string> Metadata { get; } = [];

    public OrderedDictionary<string, TensorEntry> Tensors { get; } = [];

    /// <summary>Reads and checks the header.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="json">The header's bytes, padding included.</param>
    /// <param name="dataLength">The number of bytes that follow the header in the file.</param>
    /// <exception cref="PSTransferException">InvalidData: the header has something that the format doesn't allow.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataLength)
    {
        var header = new SafetensorsHeader(path);
        var reader = new Utf8JsonReader(json);
        try
        {
            header.ReadRoot(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // GetString reports invalid UTF-8 by an InvalidOperationException.
            throw FileFault.Damaged(path, $"its header is not valid JSON ({e.Message.TrimEnd('.')})", e);
        }

        header.CheckOffsets(dataLength);
        return header;
    }

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "the header", "an object");
        bool metadataSeen = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == MetadataName ? metadataSeen : Tensors.ContainsKey(name))
            {
                throw Damaged(name, "one entry of that name", "two");
            }

            if (name == MetadataName)
            {
                metadataSeen = true;
                ReadMetadata(ref reader);
            }
            else if (Tensors.Count == MaxTensors)
            {
                throw FileFault.Damaged(_path, $"its header lists more than {MaxTensors} tensors, which no network has");
            }
            else
            {
                Tensors.Add(name, ReadTensor(ref reader, name));
            }
        }

        // Reading on lets the reader report anything but blanks after the closing brace.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataName, "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            Expect(ref reader, JsonTokenType.String, $"{MetadataName}.{key}", "a string");
            if (!Metadata.TryAdd(key, reader.GetString()!))
            {
                throw Damaged($"{MetadataName}.{key}", "one value", "two");
            }
        }
    }

    private TensorEntry ReadTensor(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartObject, name, "an object");
        string? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, $"{name}: dtype", "a string");
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, $"{name}: shape", MaxRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, $"{name}: data_offsets", 2);
                    break;
                default:
                    throw Damaged(name, "dtype, shape and data_offsets, once each", $"'{Printable.Text(key)}'");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw Damaged(name, "dtype, shape and two data_offsets", "less");
        }

        CheckSize(name, type, shape, begin, end);
        return new TensorEntry(name, type, shape, begin, end);
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string where, int limit)
    {
        Expect(ref reader, JsonTokenType.StartArray, where, "an array");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw Damaged(where, "whole numbers from 0 to 2^63 - 1", "something else");
            }

            if (numbers.Count == limit)
            {
                throw Damaged(where, $"at most {limit} numbers", "more");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    private void CheckSize(string name, string type, List<long> shape, long begin, long end)
    {
        if (!BytesPerElement.TryGetValue(type, out int size))
        {
            throw Damaged(name, $"a data type among {string.Join(", ", BytesPerElement.Keys)}", $"'{Printable.Text(type)}'");
        }

        long bytes = size;
        try
        {
            foreach (long dimension in shape)
            {
                bytes = checked(bytes * dimension);
            }
        }
        catch (OverflowException)
        {
            throw Damaged(name, "a shape of less than 2^63 bytes", Printable.Shape(shape));
        }

        // Neither number is negative, so the difference can't overflow.
        if (end - begin != bytes)
        {
            throw Damaged(name, $"{bytes} bytes for {type} {Printable.Shape(shape)}", $"data_offsets [{begin}, {end}]");
        }
    }

    private void CheckOffsets(long dataLength)
    {
        long covered = 0;
        foreach (TensorEntry entry in Tensors.Values.OrderBy(t => t.Begin).ThenBy(t => t.End))
        {
            if (entry.Begin != covered)
            {
                string fault = entry.Begin < covered ? "which overlaps the tensor before it" : "which leaves a hole";
                throw Damaged(entry.Name, $"data to begin at byte {covered}", $"{entry.Begin}, {fault}");
            }

            covered = entry.End;
        }

        if (covered != dataLength)
        {
            string fault = covered > dataLength ? "it is cut short" : "something was appended to it";
            throw FileFault.Damaged(_path, $"expected {covered} bytes of tensors after the header, found {dataLength} ({fault})");
        }
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string where, string expected)
    {
        if (reader.TokenType != type)
        {
            throw Damaged(where, expected, reader.TokenType.ToString());
        }
    }

    private PSTransferException Damaged(string where, string expected, string found) =>
        FileFault.Damaged(_path, $"{Printable.Text(where)}: expected {expected}, found {found}");
}
