using PSTransfer.Core;
using PSTransfer.Core.Data.Batches;

namespace PSTransfer.Bench;

/// <summary>
/// Trains a head on a frozen resnet50 at 224 from a folder of photographs. One peer is torchvision's ImageFolder and DataLoader with the
/// same weights, head, order and rate. The other is the least possible work: decoding each file once and one forward pass. Each side runs
/// in its own process, in turn.
/// </summary>
internal static class FolderBench
{
    private const double MostOfPeer = 0.25;
    private const double MostOfOnce = 1.15;
    private const int Epochs = 5;
    private const int BatchSize = 32;
    private const int Seed = 1;
    private const double Rate = 1e-3;

    private sealed record Job(int Epochs, int BatchSize, double Rate, int Threads, int[][] Orders);

    private sealed record Outcome(double Seconds, double[] Losses, string Version);

    /// <returns>Whether both limits hold: 0 or 1.</returns>
    public static int Run(int count, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("pstransfer-bench-").FullName;
        try
        {
            Prepare(folder, count);
            List<Outcome> ours = [], once = [], peers = [];
            for (var round = 0; round < rounds; round++)
            {
                if (Peer.PyTorchMissing is null)
                {
                    peers.Add(Peer.Result<Outcome>(Peer.Python, Peer.Script("resnet50_folder.py"), folder));
                }

                ours.Add(Peer.Result<Outcome>(Environment.ProcessPath!, "folder-ours", folder));
                once.Add(Peer.Result<Outcome>(Environment.ProcessPath!, "folder-once", folder));
            }

            var what = $"{count} JPEGs of 500×375, ResNet50 at 224, Inference, {Epochs} epochs, against";
            var times = ours.Select(outcome => outcome.Seconds).ToList();
            var held = Row.Ratio(
                "P4",
                $"{what} decoding all once and one forward pass, by ourselves",
                times,
                once.Select(outcome => outcome.Seconds),
                MostOfOnce);
            if (Peer.PyTorchMissing is { } missing)
            {
                Row.NotCompared("P4", $"{what} torchvision's ImageFolder and DataLoader", missing);
                return held ? 0 : 1;
            }

            held &= Row.Ratio(
                "P4", $"{what} torchvision's ImageFolder and DataLoader", times, peers.Select(outcome => outcome.Seconds), MostOfPeer);
            var difference = ours[0].Losses.Zip(peers[0].Losses, (x, y) => Math.Abs(x - y) / Math.Abs(y)).Max();
            Console.WriteLine(
                "P4's losses "
                + FormattableString.Invariant(
                    $"{string.Join(", ", ours[0].Losses.Select(loss => FormattableString.Invariant($"{loss:0.0000}")))}; ")
                + FormattableString.Invariant($"they differ from the peer's by {difference:0.0e+0}: ")
                + "two builds of the JPEG decoder are a grey level apart");
            return held ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs our side: from the folder's path to the trained head, with the network already loaded.</summary>
    public static void RunOurs(string folder)
    {
        var (network, job) = Load(folder);
        using var _ = network;
        var began = Stopwatch.GetTimestamp();
        var options = new TrainingOptions { Epochs = job.Epochs, BatchSize = job.BatchSize, LearningRate = job.Rate, Seed = Seed };
        var result = new Trainer(network, options).Fit(Photographs(folder), null, CancellationToken.None);
        Print(Stopwatch.GetElapsedTime(began), [.. result.History.Select(epoch => epoch.Loss)]);
    }

    /// <summary>Runs the least possible work: all files are decoded, then as many images in memory make one pass.</summary>
    public static void RunOnce(string folder)
    {
        var (network, job) = Load(folder);
        using var _ = network;
        using var plan = new InferencePlan(network);
        using var noGradient = torch.no_grad();
        var began = Stopwatch.GetTimestamp();
        var images = network.Bind(Photographs(folder));
        using var first = new BatchLoader(images, job.BatchSize, torch.CPU)
            .Read(BatchLoader.Order(images.Count, null, 0), CancellationToken.None)
            .Aggregate((kept, next) =>
        {
            next.Dispose();
            return kept;
        });
        for (var done = 0; done < images.Count; done += first.Count)
        {
            plan.Forward(first.Input).Dispose();
        }

        Print(Stopwatch.GetElapsedTime(began), []);
    }

    private static (TransferNetwork Network, Job Job) Load(string folder)
    {
        var job = JsonSerializer.Deserialize<Job>(File.ReadAllText(Path.Combine(folder, "job.json")))!;
        LibTorch.EnsureLoaded();
        torch.set_num_threads(job.Threads);
        return (ModelFile.Load(Path.Combine(folder, "weights.safetensors")), job);
    }

    private static LabeledImages Photographs(string folder) =>
        LabeledImages.Import(Path.Combine(folder, "photos"), new ImageDatasetOptions());

    private static void Prepare(string folder, int count)
    {
        Photos.Make(Path.Combine(folder, "photos"), count, width: 500, height: 375);
        LibTorch.EnsureLoaded();
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), new ImageShape(224, 224, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, 2);
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);

        // The network gets the images' own statistics, as a pretrained one has. With those of a fresh network, activations grow from block
        // to block.
        new BatchNormRepair(network).Run(Photographs(folder).Subset([.. Enumerable.Range(0, Math.Min(count, 16))], "a few"));
        ModelFile.Save(network, Path.Combine(folder, "weights.safetensors"), overwrite: true);
        var orders = Enumerable.Range(1, Epochs)
            .Select(epoch => BatchLoader.Order(count, SeededRandom.For(Seed, epoch, 0).Next(), epoch))
            .ToArray();
        File.WriteAllText(
            Path.Combine(folder, "job.json"),
            JsonSerializer.Serialize(new Job(Epochs, BatchSize, Rate, Environment.ProcessorCount, orders)));
    }

    private static void Print(TimeSpan time, double[] losses) =>
        Console.WriteLine(JsonSerializer.Serialize(new Outcome(time.TotalSeconds, losses, $"libtorch {LibTorch.Version}")));
}
