using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Training.Logs;

/// <summary>
/// A run's log: one line of JSON per epoch, handed to the system when its epoch is done. Lines are only ever added, by one run at a time. Half
/// a line of its own that a killed process left is cut off when the file is opened again; nothing else ever is.
/// </summary>
internal sealed class EpochLog : IDisposable
{
    /// <summary>More than the first line has.</summary>
    private const int HeadBytes = 4096;

    /// <summary>How many keys of a line, "time", "epoch" and "epochs", no other program's line has in that order.</summary>
    private const int KeysForCertain = 3;

    /// <summary>Holds the last lines of a run of some ten thousand epochs.</summary>
    private const int TailBytes = 4 << 20;

    // A loss may be no number, which JSON can't say but as text.
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    private const string StageKey = ",\"stage\":";

    /// <summary>The key of logs that were begun before stages had that name.</summary>
    private const string FormerStageKey = ",\"phase\":";

    /// <summary>A line's keys in their order.</summary>
    private static readonly string[] _keys = [.. typeof(Line).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))];

    /// <summary>What times, numbers, NaN, Infinity and null are written with.</summary>
    private static readonly SearchValues<char> _figures = SearchValues.Create("0123456789.+-eE:TZ\"NaInfityul}");

    private readonly FileLock _lock;
    private readonly FileStream _file;
    private readonly List<EpochRecord> _tail = [];

    /// <summary>Opens or creates the file, and keeps other runs from writing it.</summary>
    /// <exception cref="PSTransferException">It can't be written, is something else than a log, or another run writes it (InUse).</exception>
    public EpochLog(string path)
    {
        var full = AtomicFile.RequireFolder(path);
        RegularFile.Require(full);
        _lock = FileLock.Take(full, holder => $"{path}: another run writes this log: {holder}. Wait until it has ended, or give this run another -LogPath.");
        try
        {
            // Without a buffer, which closing would try to write once more.
            _file = new FileStream(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            ReadTail(path);
        }
        catch (Exception e) when (AtomicFile.IsFault(e))
        {
            Close();
            throw AtomicFile.Unwritable(path, e);
        }
        catch
        {
            Close();
            throw;
        }

        void Close()
        {
            _file?.Dispose();
            _lock.Dispose();
        }
    }

    /// <summary>Why another run could write the log at the same time; null where none can.</summary>
    public string? Doubt => _lock.Doubt;

    private sealed record Line(
        DateTime Time, int Epoch, int Epochs, int Stage, int Steps, double Loss, double Accuracy, double? ValidationLoss, double? ValidationAccuracy, double LearningRate, double Seconds)
    {
        public EpochRecord Record() => new(Epoch, Steps, Loss, Accuracy, ValidationLoss, ValidationAccuracy, LearningRate, Seconds, Stage);
    }

    /// <summary>Whether the last lines are a run's last epochs up to this one, so that none of them is to be written again.</summary>
    /// <returns>How many of the epochs, from the first on, are at the file's end.</returns>
    public int Count(IReadOnlyList<EpochRecord> history) =>
        Enumerable.Range(0, Math.Min(history.Count, _tail.Count) + 1).Last(count => _tail.TakeLast(count).SequenceEqual(history.Take(count)));

    /// <summary>Adds an epoch's line.</summary>
    /// <param name="epoch">The epoch, with the number of its stage.</param>
    /// <param name="epochs">The epochs of the whole run.</param>
    public void Add(EpochRecord epoch, int epochs)
    {
        var line = new Line(
            DateTime.UtcNow,
            epoch.Epoch,
            epochs,
            epoch.Stage!.Value,
            epoch.Steps,
            epoch.Loss,
            epoch.Accuracy,
            epoch.ValidationLoss,
            epoch.ValidationAccuracy,
            epoch.LearningRate,
            epoch.Seconds);
        Append([.. JsonSerializer.SerializeToUtf8Bytes(line, _json), (byte)'\n']);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    /// <summary>Writes behind all that is there by now, whole or not at all.</summary>
    private void Append(byte[] line)
    {
        var end = _file.Seek(0, SeekOrigin.End);
        try
        {
            _file.Write(line);
        }
        catch
        {
            _file.SetLength(end);
            throw;
        }
    }

    /// <summary>Reads the last run's epochs, and mends the last line where it is a line of this log's that wasn't finished.</summary>
    private void ReadTail(string path)
    {
        var length = _file.Length;
        var first = Encoding.UTF8.GetString(Bytes(0, (int)Math.Min(length, HeadBytes))).Split('\n')[0];
        var begin = Math.Max(0, length - TailBytes);
        var tail = Bytes(begin, (int)(length - begin));
        var whole = tail.AsSpan().LastIndexOf((byte)'\n') + 1;
        var rest = Encoding.UTF8.GetString(tail, whole, tail.Length - whole);
        var lines = Encoding.UTF8.GetString(tail, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var isOwn = begin + whole > 0 ? Parse(first) is not null : rest.Length == 0 || Parse(rest) is not null || IsBegun(rest, certainly: true);
        if (!isOwn)
        {
            throw NoLog(path, "this is no log of a run, so no lines can be added to it");
        }

        if (rest.Length > 0 && Parse(rest) is not null)
        {
            Append([(byte)'\n']); // Only the line's end is missing, which an editor may have taken away.
            lines = [.. lines, rest];
        }
        else if (rest.Length > 0)
        {
            if (!IsBegun(rest, certainly: lines.Length == 0 || Parse(lines[^1]) is null))
            {
                throw NoLog(path, "the last line is incomplete, and isn't a line of a run's log");
            }

            _file.SetLength(begin + whole);
        }

        foreach (var line in lines.Reverse())
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

    private byte[] Bytes(long start, int count)
    {
        var bytes = new byte[count];
        _file.Position = start;
        _file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Whether a text is how a line of this log begins: its keys in their order, with numbers between them.</summary>
    /// <param name="text">Without a line's end.</param>
    /// <param name="certainly">Whether it must be so long that no other program's line begins like that.</param>
    private static bool IsBegun(string text, bool certainly)
    {
        var rest = text.AsSpan();
        foreach (var (place, key) in _keys.Index())
        {
            var before = place == 0 ? $"{{\"{key}\":" : $",\"{key}\":";
            if (before == StageKey && rest.StartsWith(FormerStageKey.AsSpan(0, 3)))
            {
                before = FormerStageKey;
            }

            if (rest.Length <= before.Length)
            {
                return before.AsSpan().StartsWith(rest) && !(certainly && place < KeysForCertain);
            }

            if (!rest.StartsWith(before))
            {
                return false;
            }

            rest = rest[before.Length..];
            var end = rest.IndexOf(',') is >= 0 and var comma ? comma : rest.Length;
            if (rest[..end].ContainsAnyExcept(_figures))
            {
                return false;
            }

            rest = rest[end..];
            if (rest.IsEmpty)
            {
                return !(certainly && place < KeysForCertain);
            }
        }

        return false;
    }

    private static PSTransferException NoLog(string path, string what) =>
        new(FaultKind.InvalidData, $"{path}: {what}. Nothing was changed. Choose another -LogPath.", path);

    private static EpochRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(line.Replace(FormerStageKey, StageKey, StringComparison.Ordinal), _json)?.Record();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
