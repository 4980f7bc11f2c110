using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Logs;

/// <summary>
/// An event file with scalars for TensorBoard. The file is a sequence of records (TensorFlow, record_writer.h): length as uint64, its
/// masked CRC-32C, the bytes, their masked CRC-32C, all little-endian. The bytes are an Event message (tensorflow/core/util/event.proto): 1
/// wall_time double, 2 step int64, 3 file_version string, 5 summary { 1 value { 1 tag string, 2 simple_value float } }. TorchSharp's writer
/// isn't used, because it dates the first event in ticks instead of seconds, and TensorBoard reads that as the run's start.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const uint MaskDelta = 0xa282ead8;
    private static int _files;

    private readonly FileStream _file;

    /// <summary>Begins a file in a folder, which is made if it doesn't exist. TensorBoard shows all files of a folder as one run.</summary>
    /// <exception cref="PSTransferException">The file can't be written.</exception>
    public EventFile(string folder)
    {
        var seconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var number = Interlocked.Increment(ref _files);
        var name = $"events.out.tfevents.{seconds}.{Environment.MachineName}.{Environment.ProcessId}.{number}";
        AtomicFile.RequireWritableFolder(folder);
        var path = Path.Combine(folder, name);
        try
        {
            // Without a buffer: after a failed write, closing would try to write the buffer again.
            _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            Write(Text(3, "brain.Event:2"));
        }
        catch (Exception e) when (AtomicFile.IsFault(e))
        {
            // A file of this name that existed before belongs to another run and stays.
            if (_file is not null)
            {
                _file.Dispose();
                AtomicFile.Discard(path);
            }

            throw AtomicFile.Unwritable(folder, e);
        }
    }

    /// <summary>Adds the figures of an epoch, each as a scalar whose step is the epoch's number.</summary>
    public void Add(EpochRecord epoch)
    {
        (string Tag, double? Value)[] scalars =
        [
            ("loss/training", epoch.Loss),
            ("loss/validation", epoch.ValidationLoss),
            ("accuracy/training", epoch.Accuracy),
            ("accuracy/validation", epoch.ValidationAccuracy),
            ("learning_rate", epoch.LearningRate),
        ];
        byte[] summary =
        [
            .. scalars.Where(scalar => scalar.Value is not null)
                .SelectMany(scalar => Bytes(1, [.. Text(1, scalar.Tag), .. Float(2, (float)scalar.Value!)])),
        ];
        Write([.. Varint(2 << 3), .. Varint((ulong)epoch.Epoch), .. Bytes(5, summary)]);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(byte[] content)
    {
        var time = new byte[9];
        time[0] = (1 << 3) | 1;
        BinaryPrimitives.WriteDoubleLittleEndian(time.AsSpan(1), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
        byte[] data = [.. time, .. content];
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        _file.Write([.. length, .. Masked(length), .. data, .. Masked(data)]);
    }

    private static byte[] Masked(byte[] data)
    {
        var crc = ~data.Aggregate(uint.MaxValue, BitOperations.Crc32C);
        var masked = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(masked, BitOperations.RotateRight(crc, 15) + MaskDelta);
        return masked;
    }

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, byte[] content) =>
        [.. Varint((ulong)(field << 3) | 2), .. Varint((ulong)content.Length), .. content];

    private static byte[] Float(int field, float value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return [(byte)((field << 3) | 5), .. bytes];
    }

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value > 0x7f; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }
}
