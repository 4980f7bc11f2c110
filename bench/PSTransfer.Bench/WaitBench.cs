namespace PSTransfer.Bench;

/// <summary>
/// Measures the cost of libtorch's threads spinning while they wait for each other. A forward pass of small maps runs beside none, one and
/// two busy threads.
/// </summary>
internal static class WaitBench
{
    private const int Rounds = 3;
    private const int Passes = 20;
    // The default of OpenMP, ours, and none.
    private static readonly string[] _spins = ["300000", "1000", "0"];

    public static void Run()
    {
        Console.WriteLine("median of a pass in ms: GOMP_SPINCOUNT " + string.Join(", ", _spins));
        for (var neighbours = 0; neighbours <= 2; neighbours++)
        {
            var medians = _spins.Select(_ => new List<double>()).ToArray();
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (i, spins) in _spins.Index())
                {
                    medians[i].Add(Beside(neighbours, spins));
                }
            }

            Console.WriteLine(
                $"beside {neighbours} busy threads: "
                + string.Join(", ", medians.Select(all => string.Create(CultureInfo.InvariantCulture, $"{all.Min():0} to {all.Max():0}"))));
        }
    }

    /// <summary>Runs the passes in their own process.</summary>
    public static void RunOurs()
    {
        LibTorch.EnsureLoaded();
        torch.set_num_threads(Environment.ProcessorCount);
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), new ImageShape(32, 32, 3), seed: 1);
        using var pixels = torch.zeros(32, 3, 32, 32);
        using var noGradient = torch.no_grad();
        var times = new List<double>();
        for (var pass = 0; pass < Passes; pass++)
        {
            var began = Stopwatch.GetTimestamp();
            using var features = network.Features(pixels, ForwardPass.Inference);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        Console.WriteLine(times.Order().ElementAt(Passes / 2).ToString("0.0", CultureInfo.InvariantCulture));
    }

    private static double Beside(int neighbours, string spins)
    {
        using var over = new CancellationTokenSource();
        var busy = Enumerable.Range(0, neighbours).Select(_ => new Thread(() =>
        {
            while (!over.IsCancellationRequested)
            {
            }
        })).ToList();
        busy.ForEach(thread => thread.Start());
        Environment.SetEnvironmentVariable("GOMP_SPINCOUNT", spins);
        var median = Peer.Time(Environment.ProcessPath!, "wait-ours");
        over.Cancel();
        busy.ForEach(thread => thread.Join());
        return median;
    }
}
