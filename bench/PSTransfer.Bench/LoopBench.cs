using System.Buffers.Binary;
using System.Text.Json.Serialization;
using PSTransfer.Core;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Bench;

/// <summary>
/// Fine-tunes a resnet50 against the same loop in PyTorch, with the same weights, head, order and rate. Each run has its own process, in
/// turn.
/// </summary>
internal static partial class LoopBench
{
    private const int Rounds = 5;
    private const int Seed = 1;
    private const double MostDifference = 1e-4;

    /// <summary>The lines of the table: the job, and the share of PyTorch's time that it may take.</summary>
    private static readonly Line[] _lines =
    [
        new("P1", "200 images 32×32, Inference, 10 epochs, validation", new Job { Mode = "Inference" }, ByStep: false, 0.15),
        new("P2", "200 images 32×32, Legacy, 10 epochs, validation", new Job { Mode = "Legacy" }, ByStep: false, 0.7),
        new(
            "P3",
            "a step of full fine-tuning at 224, batch 16",
            new Job { Mode = "None", Images = 80, Side = 224, BatchSize = 16, Epochs = 1, Validates = false },
            ByStep: true,
            1.03),
    ];

    private sealed record Line(string Name, string What, Job Job, bool ByStep, double Most);

    private sealed record Job
    {
        public required string Mode { get; init; }

        public int Images { get; init; } = 200;

        public int Side { get; init; } = 32;

        public int BatchSize { get; init; } = 32;

        public int Epochs { get; init; } = 10;

        public bool Validates { get; init; } = true;

        public double Rate { get; init; } = 1e-3;

        public int Threads { get; init; } = Environment.ProcessorCount;

        public int[][] Orders { get; init; } = [];
    }

    /// <summary>Reads and writes the job without reflection, whose code would be compiled at run time while the run is timed.</summary>
    [JsonSerializable(typeof(Job))]
    private sealed partial class JobJson : JsonSerializerContext;

    private sealed record Outcome(double Seconds, double BestStep, double[] Losses, string Version);

    /// <summary>Runs one line, or all.</summary>
    /// <returns>Whether the limits hold: 0 or 1.</returns>
    public static int Run(string? name)
    {
        var holds = true;
        foreach (var line in _lines.Where(line => name is null || line.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            var folder = Directory.CreateTempSubdirectory("pstransfer-bench-").FullName;
            try
            {
                holds &= Compare(line, folder);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        return holds ? 0 : 1;
    }

    /// <summary>Runs our side in its own process.</summary>
    public static void RunOurs(string folder)
    {
        var job = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(folder, "job.json")), JobJson.Default.Job)!;
        LibTorch.EnsureLoaded();
        torch.set_num_threads(job.Threads);
        using var network = ModelFile.Load(Path.Combine(folder, "weights.safetensors"));
        var images = Images(folder);
        var best = double.MaxValue;
        var at = Stopwatch.GetTimestamp();
        var options = new TrainingOptions { Epochs = job.Epochs, BatchSize = job.BatchSize, LearningRate = job.Rate, Seed = Seed };
        var trainer = new Trainer(network, options, new Observing(_ =>
        {
            best = Math.Min(best, Stopwatch.GetElapsedTime(at).TotalSeconds);
            at = Stopwatch.GetTimestamp();
        }));
        var result = trainer.Fit(images, job.Validates ? images : null, CancellationToken.None);
        Console.WriteLine(
            JsonSerializer.Serialize(
                new Outcome(result.Seconds, best, [.. result.History.Select(epoch => epoch.Loss)], $"libtorch {LibTorch.Version}")));
    }

    private static bool Compare(Line line, string folder)
    {
        if (Peer.PyTorchMissing is { } missing)
        {
            Row.NotCompared(line.Name, line.What, missing);
            return true;
        }

        Prepare(line.Job, folder);
        List<Outcome> ours = [], peers = [];
        for (var round = 0; round < Rounds; round++)
        {
            peers.Add(Peer.Result<Outcome>(Peer.Python, Peer.Script("resnet50_loop.py"), folder));
            ours.Add(Peer.Result<Outcome>(Environment.ProcessPath!, "loop-ours", folder));
        }

        IEnumerable<double> Times(List<Outcome> outcomes) => outcomes.Select(outcome => line.ByStep ? outcome.BestStep : outcome.Seconds);
        var held = Row.Ratio(line.Name, $"{line.What}, against PyTorch", Times(ours), Times(peers), line.Most);
        var difference = ours[0].Losses.Zip(peers[0].Losses, (x, y) => Math.Abs(x - y) / Math.Abs(y)).Max();
        return Row.Figure(
            line.Name,
            "its largest relative difference of an epoch's loss",
            $"{difference:0.0e+0}",
            $"≤ {MostDifference:0e+0}",
            difference <= MostDifference)
            && held;
    }

    private static LabeledImages Images(string folder) =>
        LabeledImages.Import(Path.Combine(folder, "images-idx3-ubyte"), new ImageDatasetOptions { Channels = 3, Classes = ["0", "1"] });

    private static TransferNetwork Network(Job job)
    {
        var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), new ImageShape(job.Side, job.Side, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, 2);
        if (job.Mode == nameof(FreezeMode.None))
        {
            Damp(network);
        }

        new FreezePlan { Mode = Enum.Parse<FreezeMode>(job.Mode) }.Apply(network);
        return network;
    }

    /// <summary>
    /// Makes each block's branch small beside its shortcut (as in Goyal et al. 2017, arXiv 1706.02677, who begin with 0). Without this no
    /// rate is stable if the backbone learns. PyTorch in one thread and in two then differ by 4e-3 after five steps, and by 3e-5 with it.
    /// </summary>
    private static void Damp(TransferNetwork network)
    {
        using var _ = torch.no_grad();
        using var small = 0.2.ToScalar();
        foreach (var norm in network.BatchNorms.Where(norm => norm.Name.EndsWith("bn3", StringComparison.Ordinal)))
        {
            norm.Parameters[0].Value.fill_(small);
        }
    }

    private static void Prepare(Job job, string folder)
    {
        var random = new Random(1);
        var labels = Enumerable.Range(0, job.Images).Select(i => (byte)(i * 2 / job.Images)).ToArray();
        var pixels = labels.SelectMany(label =>
            Enumerable.Range(0, job.Side * job.Side).Select(
                i => (byte)(random.Next(128) + (label == 0 ? i % 2 * 60 : i / job.Side % 2 * 60)))).ToArray();
        Write("images-idx3-ubyte", [0x803, job.Images, job.Side, job.Side], pixels);
        Write("labels-idx1-ubyte", [0x801, job.Images], labels);
        // The network gets the images' own statistics, as a pretrained one has. With those of a fresh network, activations grow from block
        // to block and no rate is stable.
        using (var network = Network(job))
        {
            new BatchNormRepair(network).Run(Images(folder));
            ModelFile.Save(network, Path.Combine(folder, "weights.safetensors"), overwrite: true);
        }

        var orders = Enumerable.Range(1, job.Epochs)
            .Select(epoch => BatchLoader.Order(job.Images, SeededRandom.For(Seed, epoch, 0).Next(), epoch))
            .ToArray();
        File.WriteAllText(Path.Combine(folder, "job.json"), JsonSerializer.Serialize(job with { Orders = orders }));

        void Write(string name, int[] header, byte[] content)
        {
            var bytes = new byte[(header.Length * 4) + content.Length];
            foreach (var (i, number) in header.Index())
            {
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(i * 4), number);
            }

            content.CopyTo(bytes, header.Length * 4);
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
        }
    }
}
