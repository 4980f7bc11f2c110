namespace PSTransfer.Bench;

/// <summary>
/// Compares ten times as many image files with the smaller number. Each run imports a folder, writes features of a frozen resnet20 to a
/// file, and trains a head on them. Anonymous memory must stay flat; it doesn't count file pages that the system may drop. Time must grow
/// no faster than the number of images.
/// </summary>
internal static class ScaleBench
{
    private const int Factor = 10;
    private const double MostMemory = 1.1;
    private const double MostTime = 10.5;
    private const int Side = 16;
    private const int FileSide = 32;
    private const int Classes = 10;
    private const int Originals = 50;

    private sealed record Outcome(double Seconds, double Mebibytes);

    /// <param name="count">The number of images in the small folder.</param>
    /// <param name="rounds">How often each side runs.</param>
    /// <returns>Whether both limits hold: 0 or 1.</returns>
    public static int Run(int count, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("pstransfer-bench-").FullName;
        try
        {
            var (small, large) = (Path.Combine(folder, "small"), Path.Combine(folder, "large"));
            Make(small, count);
            Make(large, Factor * count);
            List<Outcome> few = [], many = [];
            for (var round = 0; round < rounds; round++)
            {
                few.Add(Peer.Result<Outcome>(Environment.ProcessPath!, "scale-ours", small));
                many.Add(Peer.Result<Outcome>(Environment.ProcessPath!, "scale-ours", large));
            }

            var held = Row.Ratio(
                "P8",
                $"time of {Factor * count} image files, against {count}",
                many.Select(o => o.Seconds),
                few.Select(o => o.Seconds),
                MostTime);
            held &= Row.Ratio(
                "P8", "their peak of anonymous memory", many.Select(o => o.Mebibytes), few.Select(o => o.Mebibytes), MostMemory, "MiB");
            return held ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs one side in its own process.</summary>
    public static void RunOurs(string folder)
    {
        LibTorch.EnsureLoaded();
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(Side, Side, 3), seed: 1);
        network.SetHead(new Head { ClassCount = Classes }, seed: 1);
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        using var ended = new CancellationTokenSource();
        var peak = Task.Factory.StartNew(
            () => Peak(ended.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var began = Stopwatch.GetTimestamp();
        var options = new TrainingOptions { Epochs = 2, FeatureCache = Path.Combine(folder, ".features") };
        new Trainer(network, options).Fit(LabeledImages.Import(folder, new ImageDatasetOptions()), null, CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        ended.Cancel();
        Directory.Delete(options.FeatureCache, recursive: true);
        Console.WriteLine(JsonSerializer.Serialize(new Outcome(seconds, peak.Result)));
    }

    /// <summary>Makes small pictures, only a few of them different.</summary>
    private static void Make(string folder, int count)
    {
        Photos.Make(Path.Combine(folder, ".originals"), Originals, FileSide, FileSide);
        var originals = Directory.GetFiles(Path.Combine(folder, ".originals"), "*.jpg", SearchOption.AllDirectories)
            .Select(File.ReadAllBytes)
            .ToArray();
        for (var i = 0; i < count; i++)
        {
            var target = Path.Combine(folder, $"class{i % Classes}");
            if (i < Classes)
            {
                Directory.CreateDirectory(target);
            }

            File.WriteAllBytes(Path.Combine(target, $"{i:000000}.jpg"), originals[i % Originals]);
        }
    }

    private static double Peak(CancellationToken ended)
    {
        for (var peak = 0.0; ;)
        {
            var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
            peak = Math.Max(
                peak,
                double.Parse(
                    line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024);
            if (ended.WaitHandle.WaitOne(20))
            {
                return peak;
            }
        }
    }
}
