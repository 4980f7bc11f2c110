using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Onnx.Format;

namespace PSTransfer.Core.Weights.Onnx;

/// <summary>
/// A network in ONNX's format: its operators and its tensors. Nothing in the file is run. Tensors may lie in files beside it, but nowhere
/// else.
/// </summary>
internal sealed class OnnxFile
{
    private const int MostDepth = 16;
    private const int MostDimensions = 8;
    private const long MostNumbers = 1L << 31;
    private const int OldestOpset = 7;
    private const int NewestOpset = 22;

    private OnnxFile(string path, Model model) => (Path, Model) = (path, model);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The content.</summary>
    public Model Model { get; }

    /// <summary>Whether the file was written from a network of TensorFlow or Keras.</summary>
    public bool IsOfTensorFlow => Model.ProducerName.Contains("tf2onnx", StringComparison.OrdinalIgnoreCase)
        || Model.ProducerName.Contains("keras", StringComparison.OrdinalIgnoreCase);

    /// <summary>The version of ONNX' own operators.</summary>
    public long Opset => Model.OpsetImport.First(set => set.Domain is "" or "ai.onnx").Version;

    /// <summary>Reads a file. Tensors are checked when they are read.</summary>
    /// <exception cref="PSTransferException">InvalidData: the file can't be read or isn't ONNX, or has operators of a version that can't be
    /// read.</exception>
    public static OnnxFile Open(string path)
    {
        Model model;
        try
        {
            using var content = RegularFile.OpenStream(path);
            if (content.Length > int.MaxValue)
            {
                throw Fault(path, $"{content.Length:N0} bytes are more than an ONNX file can have (2 GiB). Its tensors belong in files "
                    + "beside it (external data)");
            }

            using var input = CodedInputStream.CreateWithLimits(content, int.MaxValue, MostDepth);
            model = Model.Parser.WithDiscardUnknownFields(true).ParseFrom(input);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or ArgumentOutOfRangeException)
        {
            // Google.Protobuf 3.35 lets the second kind out for some texts that are cut short.
            var start = FileSignature.Read(path);
            throw Fault(
                path, FileSignature.Describe(start) is { } kind
                    ? $"the file isn't ONNX; by its first bytes it is {kind}"
                    : "the file isn't ONNX, or is damaged or cut short. Export or download it again");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PSTransferException(FaultKind.NotFound, $"There is no file {path}. Check the path.", path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Fault(path, exception.Message.TrimEnd('.'));
        }

        if (model.Graph is null || model.Graph.Node.Count == 0)
        {
            throw Fault(path, "the file has no graph of operators: it isn't ONNX, or it is cut short. Export or download it again");
        }

        if (model.Functions.Count > 0)
        {
            throw Fault(path, $"the graph calls {model.Functions.Count} functions of its own. Export it with its functions inlined");
        }

        var file = new OnnxFile(path, model);
        return model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx") switch
        {
            null => throw Fault(path, "the file doesn't say which version its operators are of. It is damaged; export it again"),
            { Version: >= OldestOpset and <= NewestOpset } => file,
            var set => throw Fault(
                path,
                $"its operators are of version {set.Version} (opset), and versions {OldestOpset} to {NewestOpset} can be read. "
                + $"Export it again with opset {Math.Clamp(set.Version, OldestOpset, NewestOpset)}"),
        };
    }

    /// <summary>The numbers of a tensor as float32, in row-major order.</summary>
    /// <exception cref="PSTransferException">InvalidData: the tensor is damaged, or of a type that isn't a number.</exception>
    public float[] Floats(Tensor tensor)
    {
        var count = Count(tensor);
        if (tensor.DataType == (int)OnnxType.Float)
        {
            return tensor.FloatData.Count > 0 ? Copied(tensor, tensor.FloatData, count) : Raw<float>(tensor, count);
        }

        return (OnnxType)tensor.DataType switch
        {
            OnnxType.Float16 when tensor.Int32Data.Count > 0
                => [.. Exactly(tensor, tensor.Int32Data, count).Select(bits => (float)BitConverter.UInt16BitsToHalf((ushort)bits))],
            OnnxType.Float16 => Array.ConvertAll(Raw<Half>(tensor, count), number => (float)number),
            OnnxType.BFloat16 when tensor.Int32Data.Count > 0
                => [.. Exactly(tensor, tensor.Int32Data, count).Select(bits => BitConverter.Int32BitsToSingle(bits << 16))],
            OnnxType.BFloat16 => Array.ConvertAll(Raw<ushort>(tensor, count), bits => BitConverter.Int32BitsToSingle(bits << 16)),
            OnnxType.Double when tensor.DoubleData.Count > 0
                => [.. Exactly(tensor, tensor.DoubleData, count).Select(number => (float)number)],
            OnnxType.Double => Array.ConvertAll(Raw<double>(tensor, count), number => (float)number),
            _ => Array.ConvertAll(Integers(tensor), number => (float)number),
        };
    }

    /// <summary>The numbers of a tensor of integers or truth values.</summary>
    /// <exception cref="PSTransferException">InvalidData: the tensor is damaged, or not of integers.</exception>
    public long[] Integers(Tensor tensor)
    {
        var count = Count(tensor);
        if (tensor.Int64Data.Count > 0 && tensor.DataType == (int)OnnxType.Int64)
        {
            return Copied(tensor, tensor.Int64Data, count);
        }

        if (tensor.Int32Data.Count > 0)
        {
            return [.. Exactly(tensor, tensor.Int32Data, count).Select(number => (long)number)];
        }

        return (OnnxType)tensor.DataType switch
        {
            OnnxType.Int64 => Raw<long>(tensor, count),
            OnnxType.Int32 => Array.ConvertAll(Raw<int>(tensor, count), number => (long)number),
            OnnxType.UInt8 or OnnxType.Bool => Array.ConvertAll(Raw<byte>(tensor, count), number => (long)number),
            OnnxType.Int8 => Array.ConvertAll(Raw<sbyte>(tensor, count), number => (long)number),
            _ => throw Fault(Path, $"the tensor '{Printable.Text(tensor.Name)}' is of type {tensor.DataType}, which no network needs here"),
        };
    }

    /// <summary>Whether a tensor's numbers are floats of any width.</summary>
    public static bool IsFloat(int type) =>
        (OnnxType)type is OnnxType.Float or OnnxType.Float16 or OnnxType.BFloat16 or OnnxType.Double;

    /// <summary>An error about the file.</summary>
    public static PSTransferException Fault(string path, string what) => new(FaultKind.InvalidData, $"{path}: {what}.", path);

    /// <summary>Copies a field at once; a network's tensors have millions of numbers.</summary>
    private T[] Copied<T>(Tensor tensor, RepeatedField<T> numbers, int count)
    {
        var copy = new T[Exactly(tensor, numbers, count).Count];
        numbers.CopyTo(copy, 0);
        return copy;
    }

    private IReadOnlyList<T> Exactly<T>(Tensor tensor, IReadOnlyList<T> numbers, int count) => numbers.Count == count
        ? numbers
        : throw Fault(
            Path,
            $"the tensor '{Printable.Text(tensor.Name)}' has {numbers.Count:N0} numbers, but its shape says {count:N0}. "
            + "The file is damaged; export it again");

    /// <summary>The product of a tensor's dimensions.</summary>
    private int Count(Tensor tensor)
    {
        long count = 1;
        if (tensor.Dims.Count > MostDimensions || tensor.Dims.Any(size => size < 0))
        {
            throw Fault(Path, $"the tensor '{Printable.Text(tensor.Name)}' has an impossible shape");
        }

        foreach (var size in tensor.Dims)
        {
            count = size == 0 ? 0 : count > MostNumbers / size ? MostNumbers : count * size;
        }

        return count < MostNumbers
            ? (int)count
            : throw Fault(Path, $"the tensor '{Printable.Text(tensor.Name)}' has an impossible shape");
    }

    private T[] Raw<T>(Tensor tensor, int count)
        where T : unmanaged
    {
        var bytes = tensor.DataLocation == 1 ? External(tensor) : tensor.RawData.Span;
        if (bytes.Length != (long)count * Marshal.SizeOf<T>())
        {
            throw Fault(
                Path,
                $"the tensor '{Printable.Text(tensor.Name)}' has {bytes.Length:N0} bytes, but its shape says "
                + $"{(long)count * Marshal.SizeOf<T>():N0}. The file is damaged; export it again");
        }

        return MemoryMarshal.Cast<byte, T>(bytes).ToArray();
    }

    /// <summary>Reads a tensor's bytes from a file in the folder of this one.</summary>
    private ReadOnlySpan<byte> External(Tensor tensor)
    {
        var entries = tensor.ExternalData.GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => group.First().Value);
        var name = entries.GetValueOrDefault("location") ?? string.Empty;
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny("/\\:\0") >= 0)
        {
            throw Fault(
                Path,
                $"the tensor '{Printable.Text(tensor.Name)}' lies in '{Printable.Text(name)}', "
                + "but only files in the folder of the ONNX file are read. Put both into one folder, and save it again");
        }

        var path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, name);
        if (!File.Exists(path))
        {
            throw Fault(Path, $"{path} is missing, which holds the tensor '{Printable.Text(tensor.Name)}'. Put it beside the ONNX file");
        }

        try
        {
            using var content = RegularFile.OpenStream(path);
            var offset = Number("offset", 0);
            var length = Number("length", content.Length - offset);
            if (offset < 0 || length < 0 || offset > content.Length || length > content.Length - offset || length > Array.MaxLength)
            {
                throw Fault(
                    Path,
                    $"the tensor '{Printable.Text(tensor.Name)}' lies at {offset:N0} to {offset + length:N0} of {path}, which has "
                    + $"{content.Length:N0} bytes. Get that file again");
            }

            content.Position = offset;
            var bytes = new byte[length];
            content.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Fault(Path, $"{path}: {exception.Message.TrimEnd('.')}");
        }

        long Number(string key, long otherwise) => !entries.TryGetValue(key, out var text) ? otherwise
            : long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number
            : -1;
    }
}

/// <summary>The types of numbers in ONNX.</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
    Float16 = 10,
    Double = 11,
    BFloat16 = 16,
}
