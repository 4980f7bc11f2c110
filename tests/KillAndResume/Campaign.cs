using System.Diagnostics;

namespace PSTransfer.KillAndResume;

/// <summary>
/// Kills runs and resumes them. Every second run is killed once, anywhere between its start and its end; the others again and again. A
/// third of the kills wait for the next checkpoint that is being written.
/// </summary>
internal sealed class Campaign(int seed)
{
    private const int MostKillsOfARun = 6;

    private readonly Random _random = new(seed);
    private int _kills;
    private int _same;
    private int _inCheckpoint;
    private int _beforeCheckpoint;

    /// <summary>Runs until so many kills are done, and prints how many led to the same end.</summary>
    /// <returns>Whether all did.</returns>
    public bool Run(int kills)
    {
        var watch = Stopwatch.StartNew();
        var root = Directory.CreateTempSubdirectory("pstransfer-kills-").FullName;
        try
        {
            var whole = Folder(root, "whole");
            Live(whole, null);
            var length = watch.Elapsed;
            for (var run = 1; _kills < kills; run++)
            {
                var killed = KillAndResume(Folder(root, $"{run}"), Math.Min(kills - _kills, run % 2 == 0 ? MostKillsOfARun : 1), length);
                var same = new[]
                {
                    Job.Checkpoint, Job.Model
                }.All(name => RunFile.AreEqual(Path.Combine(root, "whole", name), Path.Combine(root, $"{run}", name)));
                (_kills, _same) = (_kills + killed, _same + (same ? killed : 0));
                Console.WriteLine($"run {run}: killed {killed} times, {(same ? "the same end" : "ANOTHER END")}");
                Directory.Delete(Path.Combine(root, $"{run}"), recursive: true);
            }

            Console.WriteLine(FormattableString.Invariant(
                $"{_same} of {_kills}: {_beforeCheckpoint} before the first checkpoint, {_inCheckpoint} inside of one that was being written; seed {seed}, {watch.Elapsed.TotalSeconds:0} s, a whole run takes {length.TotalSeconds:0.0} s"));
            return _same == _kills;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>One run, killed up to so many times. One that ends before its moment counts as it is.</summary>
    private int KillAndResume(string folder, int kills, TimeSpan length)
    {
        var killed = 0;
        while (killed < kills
            && Live(folder, new Moment(length * _random.NextDouble(), InCheckpoint: _random.Next(3) == 0, _random.Next(4))))
        {
            killed++;
            var half = Directory.GetFiles(folder, "*.tmp");
            _inCheckpoint += half.Length > 0 ? 1 : 0;
            _beforeCheckpoint += File.Exists(Path.Combine(folder, Job.Checkpoint)) ? 0 : 1;
            Array.ForEach(half, File.Delete);
        }

        if (killed == kills)
        {
            Live(folder, null);
        }

        return killed;
    }

    /// <summary>A process from its start to its end or to the moment at which it is killed.</summary>
    /// <returns>Whether it was killed.</returns>
    private static bool Live(string folder, Moment? moment)
    {
        using var process = Process.Start(Environment.ProcessPath!, ["train", folder]);
        if (moment is null || process.WaitForExit(moment.After) || (moment.InCheckpoint && EndsWithoutCheckpoint(process, folder)))
        {
            process.WaitForExit();
            return process.ExitCode == 0
                ? false
                : throw new InvalidOperationException($"The run in {folder} ended with exit code {process.ExitCode}.");
        }

        Thread.Sleep(moment.InCheckpoint ? moment.Milliseconds : 0);
        process.Kill();
        process.WaitForExit();
        const int EndedBySigKill = 128 + 9;
        return process.ExitCode == EndedBySigKill;
    }

    /// <summary>Waits for a file that is being written.</summary>
    private static bool EndsWithoutCheckpoint(Process process, string folder)
    {
        while (!process.HasExited)
        {
            if (Directory.EnumerateFiles(folder, "*.tmp").Any())
            {
                return false;
            }

            Thread.Yield();
        }

        return true;
    }

    private static string Folder(string root, string name) => Directory.CreateDirectory(Path.Combine(root, name)).FullName;

    /// <summary>
    /// When a process is killed: some time after its start, or so many milliseconds into the first checkpoint after that.
    /// </summary>
    private sealed record Moment(TimeSpan After, bool InCheckpoint, int Milliseconds);
}
