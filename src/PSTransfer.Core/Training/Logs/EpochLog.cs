using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Training.Logs;

/// <summary>
/// The log of a run: one line of JSON per epoch, written when the epoch ends. Lines are only ever added, by one run at a time. When the
/// file is opened again, half a line that a killed run left is cut off, and nothing else.
/// </summary>
internal sealed class EpochLog : IDisposable
{
    /// <summary>More bytes than the first line has.</summary>
    private const int HeadBytes = 4096;

    /// <summary>The number of first keys ("time", "epoch", "epochs") that prove a line to be this log's.</summary>
    private const int KeysForCertain = 3;

    /// <summary>Enough bytes for the last lines of a run of some ten thousand epochs.</summary>
    private const int TailBytes = 4 << 20;

    // A loss may be NaN or infinite, which JSON can only say as text.
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    private const string StageKey = ",\"stage\":";

    /// <summary>The key of the stage in old logs, from when stages were called phases.</summary>
    private const string FormerStageKey = ",\"phase\":";

    /// <summary>The keys of a line in their order.</summary>
    private static readonly string[] _keys =
        [.. typeof(Line).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))];

    /// <summary>The characters of times, numbers, NaN, Infinity and null, and the line's closing brace.</summary>
    private static readonly SearchValues<char> _figures = SearchValues.Create("0123456789.+-eE:TZ\"NaInfityul}");

    private readonly FileLock _lock;
    private readonly FileStream _file;
    private readonly List<EpochRecord> _tail = [];

    /// <summary>Opens or creates the file, and locks it against other runs.</summary>
    /// <exception cref="PSTransferException">The file can't be written, isn't a log, or is written by another run (InUse).</exception>
    public EpochLog(string path)
    {
        var full = AtomicFile.RequireFolder(path);
        RegularFile.Require(full);
        _lock = FileLock.Take(full, holder =>
            $"{path}: another run writes this log: {holder}. "
            + $"Wait until it has ended, or give this run another {Option.Name("LogPath")}.");
        try
        {
            // Without a buffer: after a failed write, closing would try to write the buffer again.
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

    /// <summary>The reason why another run could write the log at the same time; null if none can.</summary>
    public string? Doubt => _lock.Doubt;

    private sealed record Line(
        DateTime Time,
        int Epoch,
        int Epochs,
        int Stage,
        int Steps,
        double Loss,
        double Accuracy,
        double? ValidationLoss,
        double? ValidationAccuracy,
        double LearningRate,
        double Seconds)
    {
        public EpochRecord Record() => new(Epoch, Steps, Loss, Accuracy, ValidationLoss, ValidationAccuracy, LearningRate, Seconds, Stage);
    }

    /// <summary>Counts the epochs of a run that the log's last lines hold already.</summary>
    /// <returns>How many epochs, from the first on, are at the end of the file.</returns>
    public int Count(IReadOnlyList<EpochRecord> history) =>
        Enumerable.Range(0, Math.Min(history.Count, _tail.Count) + 1)
            .Last(count => _tail.TakeLast(count).SequenceEqual(history.Take(count)));

    /// <summary>Adds the line of an epoch.</summary>
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

    /// <summary>Writes at the end of the file, whole or not at all.</summary>
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

    /// <summary>Reads the epochs of the last run, and mends a last line of this log that wasn't finished.</summary>
    private void ReadTail(string path)
    {
        var length = _file.Length;
        var first = Encoding.UTF8.GetString(Bytes(0, (int)Math.Min(length, HeadBytes))).Split('\n')[0];
        var begin = Math.Max(0, length - TailBytes);
        var tail = Bytes(begin, (int)(length - begin));
        var whole = tail.AsSpan().LastIndexOf((byte)'\n') + 1;
        var rest = Encoding.UTF8.GetString(tail, whole, tail.Length - whole);
        var lines = Encoding.UTF8.GetString(tail, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var isOwn = begin + whole > 0
            ? Parse(first) is not null
            : rest.Length == 0 || Parse(rest) is not null || IsBegun(rest, certainly: true);
        if (!isOwn)
        {
            throw NoLog(path, "this is no log of a run, so no lines can be added to it");
        }

        if (rest.Length > 0 && Parse(rest) is not null)
        {
            Append([(byte)'\n']); // Only the line's end is missing; an editor may have removed it.
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

    /// <summary>Whether a text is the beginning of a line of this log: the keys in their order, with numbers between them.</summary>
    /// <param name="text">The text, without a line's end.</param>
    /// <param name="certainly">Whether the text must be long enough that no other program's line begins like that.</param>
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
        new(FaultKind.InvalidData, $"{path}: {what}. Nothing was changed. Choose another {Option.Name("LogPath")}.", path);

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
