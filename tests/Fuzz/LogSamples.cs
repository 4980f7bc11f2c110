using System.Runtime.ExceptionServices;
using PSTransfer.Core;
using PSTransfer.Core.Experiments;
using PSTransfer.Core.Training.Logs;

namespace PSTransfer.Fuzz;

/// <summary>What runs write and later runs read again: the log of the epochs, the record of an experiment's run.</summary>
internal static class LogSamples
{
    private static readonly EpochRecord _epoch = new(1, 7, 0.5, 0.25, double.NaN, 0.75, 1e-3, 1.5, 1);

    public static IReadOnlyList<Sample> Epochs()
    {
        var whole = Log(3);
        return [
            new(new SampleFile("run.jsonl", whole)),
            new(new SampleFile("cut.jsonl", whole[..^40])),
            new(new SampleFile("open.jsonl", whole[..^1])),
            new(new SampleFile("new.jsonl", []))
        ];
    }

    /// <summary>Opens a log as a run does. What it had must be there after it, but for the beginning of one line.</summary>
    public static void ReadEpochs(string path)
    {
        var before = File.ReadAllBytes(path);
        ExceptionDispatchInfo? refused = null;
        try
        {
            using var log = new EpochLog(path);
            _ = log.Count([_epoch]);
        }
        catch (PSTransferException fault)
        {
            refused = ExceptionDispatchInfo.Capture(fault);
        }

        var after = File.ReadAllBytes(path);
        var kept = before.AsSpan(0, before.AsSpan().LastIndexOf((byte)'\n') + 1);
        var rest = Encoding.UTF8.GetString(before.AsSpan(kept.Length));
        if (!after.AsSpan().StartsWith(kept) || (after.Length < before.Length && !rest.StartsWith('{')))
        {
            throw new InvalidOperationException("The log lost a line.");
        }

        refused?.Throw();
    }

    public static IReadOnlyList<Sample> Records()
    {
        var folder = Directory.CreateTempSubdirectory("pstransfer-fuzz-").FullName;
        try
        {
            Array.ForEach(DatasetSamples.Idx()[0].Files, file => File.WriteAllBytes(Path.Combine(folder, file.Name), file.Bytes));
            var path = Path.Combine(folder, "x.yml");
            File.WriteAllText(
                path,
                "data: { path: ., class: [0, 1], imageSize: 8, validation: same }\nbackbone: { name: resnet20, inputShape: 8 }\nhead: { "
                + "classCount: 2 }\nevaluate: { learningPhase: { shuffles: 1 } }\noutput: out\n");
            var experiment = Experiment.Load(path, []);
            experiment.RequireValid();
            var outcome = new ExperimentRunner(experiment).Run(experiment.Runs[0], force: false, CancellationToken.None)!;
            outcome.Training!.Network.Dispose();
            return [Sample.Of(Path.Combine(outcome.Folder!, ExperimentRecord.FileName))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads a record, which is refused by a warning.</summary>
    public static void ReadRecord(string path) => ExperimentRecord.Read(
        Path.GetDirectoryName(path)!, warning => throw new PSTransferException(FaultKind.InvalidData, warning, path));

    private static byte[] Log(int epochs)
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var log = new EpochLog(path))
            {
                for (var epoch = 1; epoch <= epochs; epoch++)
                {
                    log.Add(_epoch with { Epoch = epoch }, epochs);
                }
            }

            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
