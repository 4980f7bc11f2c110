using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Training.Logs;

/// <summary>
/// A run's log: one line of JSON per epoch, with the OS when its epoch is done. Lines are only ever added; what a killed process left of
/// a line is cut off when the file is opened again.
/// </summary>
internal sealed class EpochLog : IDisposable
{
    private static readonly byte[] _begin = Encoding.UTF8.GetBytes("{\"time\":\"");

    // A loss may be no number, which JSON can't say but as text.
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    private readonly FileStream _file;
    private readonly List<EpochRecord> _tail = [];

    /// <summary>Opens or creates the file.</summary>
    /// <exception cref="PSTransferException">It can't be written, or is something else than a log.</exception>
    public EpochLog(string path)
    {
        var full = AtomicFile.RequireFolder(path);
        try
        {
            // Without a buffer, which closing would try to write once more.
            _file = new FileStream(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(path, e);
        }

        try
        {
            ReadTail(path);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    private sealed record Line(
        DateTime Time, int Epoch, int Epochs, int Phase, int Steps, double Loss, double Accuracy, double? ValidationLoss, double? ValidationAccuracy, double LearningRate, double Seconds)
    {
        public EpochRecord Record() => new(Epoch, Steps, Loss, Accuracy, ValidationLoss, ValidationAccuracy, LearningRate, Seconds);
    }

    /// <summary>Whether the last lines are a run's last epochs up to this one, so that none of them is to be written again.</summary>
    /// <returns>How many of the epochs, from the first on, are at the file's end.</returns>
    public int Count(IReadOnlyList<EpochRecord> history) =>
        Enumerable.Range(0, Math.Min(history.Count, _tail.Count) + 1).Last(count => _tail.TakeLast(count).SequenceEqual(history.Take(count)));

    /// <summary>Adds an epoch's line.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="epochs">Of the whole run.</param>
    /// <param name="phase">The part of the run that it belongs to, from 1.</param>
    public void Add(EpochRecord epoch, int epochs, int phase)
    {
        var line = new Line(
            DateTime.UtcNow, epoch.Epoch, epochs, phase, epoch.Steps, epoch.Loss, epoch.Accuracy, epoch.ValidationLoss, epoch.ValidationAccuracy, epoch.LearningRate, epoch.Seconds);
        _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, _json), (byte)'\n']);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void ReadTail(string path)
    {
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        if (!bytes.AsSpan(0, Math.Min(bytes.Length, _begin.Length)).SequenceEqual(_begin.AsSpan(0, Math.Min(bytes.Length, _begin.Length))))
        {
            throw new PSTransferException(FaultKind.InvalidData, $"{path}: this is no log of a run, to which lines could be added. Choose another -LogPath.", path);
        }

        var end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        _file.SetLength(end);
        _file.Position = end;
        foreach (var line in Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if (Parse(line) is not { } record)
            {
                break;
            }

            _tail.Insert(0, record);
            if (record.Epoch == 1)
            {
                break;
            }
        }
    }

    private static EpochRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(line, _json)?.Record();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
