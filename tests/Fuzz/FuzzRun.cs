using System.Diagnostics;
using PSTransfer.Core;

namespace PSTransfer.Fuzz;

/// <summary>
/// Gives a parser damaged files, one after the other. An answer is a value or a PSTransferException that names a file of the input, within
/// <see cref="Limit"/>. Input n follows from seed + n alone, so that it is found again with a count of 1.
/// </summary>
internal sealed class FuzzRun
{
    private const int MostFailures = 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Parser _parser;
    private readonly string _folder;
    private readonly IReadOnlyList<Sample> _samples;
    private readonly Action<string> _read;
    private long _started;
    private int _seed;
    private string? _refusal;

    public FuzzRun(Parser parser)
    {
        _parser = parser;
        _samples = parser.Samples();
        _read = parser.Reader();

        // Left behind when the process dies: the input that killed it is in there.
        _folder = Path.Combine(Repository.Root, "out", "fuzz", $"{parser.Name}-running-{Environment.ProcessId}");
        foreach (var (index, sample) in _samples.Index())
        {
            Directory.CreateDirectory(FolderOf(index));
            Array.ForEach(sample.Files, file => Write(index, file.Name, file.Bytes));
        }
    }

    public int Inputs { get; private set; }

    public int Refused { get; private set; }

    public int Failures { get; private set; }

    public TimeSpan Slowest { get; private set; }

    /// <summary>Runs until the count is reached or too many have failed.</summary>
    public void Run(int count, int seed)
    {
        CheckSamples();
        using var watchdog = new Timer(_ => EndWhenHung(), null, Limit, TimeSpan.FromSeconds(1));
        for (; Inputs < count && Failures < MostFailures; Inputs++)
        {
            _seed = seed + Inputs;
            var random = new Random(Mix(_seed));
            var index = random.Next(_samples.Count);
            var file = _samples[index].Files[random.Next(_samples[index].Files.Length)];
            Write(index, file.Name, file.Damaged(random));
            Answer(index);
            Write(index, file.Name, file.Bytes);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Answer(int index)
    {
        var start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _started, start);
        try
        {
            _read(PathOf(index));
        }
        catch (PSTransferException error) when (error.Message.Contains(FolderOf(index), StringComparison.Ordinal))
        {
            Refused++;
            _refusal = error.Message;
        }
        catch (Exception error)
        {
            Keep(index, error.ToString());
        }

        Volatile.Write(ref _started, 0);
        var elapsed = Stopwatch.GetElapsedTime(start);
        Slowest = elapsed > Slowest ? elapsed : Slowest;
        if (elapsed > Limit)
        {
            Keep(index, $"It took {elapsed}.");
        }
    }

    /// <summary>At least one sample of a parser must be read as it is, or all the rest shows nothing.</summary>
    private void CheckSamples()
    {
        for (var index = 0; index < _samples.Count; index++)
        {
            Answer(index);
        }

        if (Refused == _samples.Count || Failures > 0)
        {
            throw new InvalidOperationException(
                $"{_parser.Name}: no sample is read, or not all are answered, before anything was damaged. {_refusal}");
        }

        (Refused, Slowest) = (0, TimeSpan.Zero);
    }

    private void Keep(int index, string why)
    {
        Failures++;
        var kept = Path.Combine(Repository.Root, "out", "fuzz", $"{_parser.Name}-{_seed}");
        Directory.CreateDirectory(kept);
        foreach (var file in Directory.GetFiles(FolderOf(index)))
        {
            File.Copy(file, Path.Combine(kept, Path.GetFileName(file)), overwrite: true);
        }

        File.WriteAllText(Path.Combine(kept, "failure.txt"), why);
        Console.WriteLine($"{_parser.Name}, seed {_seed}: {why.Split('\n')[0]} (kept in {kept})");
    }

    // A thread can't be stopped from outside, but its process can.
    private void EndWhenHung()
    {
        if (Volatile.Read(ref _started) is > 0 and var started && Stopwatch.GetElapsedTime(started) > 2 * Limit)
        {
            Console.WriteLine($"{_parser.Name}, seed {_seed}: no answer after {2 * Limit.TotalSeconds} s (kept in {_folder})");
            Environment.Exit(1);
        }
    }

    private string FolderOf(int index) => Path.Combine(_folder, index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private string PathOf(int index) => Path.Combine(FolderOf(index), _samples[index].Files[0].Name);

    private void Write(int index, string name, byte[] bytes)
    {
        // In place: file systems flush a file that was emptied and written anew, which takes longer than all the rest.
        using var file = File.OpenHandle(Path.Combine(FolderOf(index), name), FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.SetLength(file, bytes.Length);
    }

    // Random's first numbers are alike for seeds that are neighbours.
    private static int Mix(int seed)
    {
        var z = (ulong)seed * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 32)) * 0xBF58476D1CE4E5B9;
        return (int)(z >> 33);
    }
}
