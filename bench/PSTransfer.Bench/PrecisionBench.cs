namespace PSTransfer.Bench;

/// <summary>
/// Measures what -Precision BFloat16 saves, in turn with the same step in float32. The step is one of a resnet50 at 224, batch 16, in full
/// fine-tuning and in Legacy.
/// </summary>
internal static class PrecisionBench
{
    private const int Rounds = 5;
    private const int BatchSize = 16;
    private static readonly ImageShape _shape = new(224, 224, 3);

    /// <returns>Whether it saves time: 0 or 1; 2 if the processor has no bfloat16.</returns>
    public static int Run()
    {
        if (!BFloat16Arithmetic.OnCpu)
        {
            Console.WriteLine("This processor has no bfloat16 arithmetic (AVX-512 BF16 or AMX).");
            return 2;
        }

        LibTorch.EnsureLoaded();
        var held = true;
        foreach (var mode in (FreezeMode[])[FreezeMode.None, FreezeMode.Legacy])
        {
            var times = Enum.GetValues<Precision>().ToDictionary(precision => precision, _ => new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (precision, own) in times)
                {
                    own.Add(Step(mode, precision));
                }
            }

            held &= Row.Ratio(
                "bf16",
                $"a step of a resnet50 at 224, batch 16, mode {mode}, against the same in Float32",
                times[Precision.BFloat16],
                times[Precision.Float32],
                most: 1);
        }

        return held ? 0 : 1;
    }

    /// <summary>Times the faster of two steps, after one that sets libtorch up.</summary>
    private static double Step(FreezeMode mode, Precision precision)
    {
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), _shape, seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 1);
        new FreezePlan { Mode = mode }.Apply(network);
        var images = LabeledImages.FromMemory(
            "noise",
            new SampleChoice(["a", "b"], [.. Enumerable.Range(0, BatchSize)], [.. Enumerable.Range(0, BatchSize).Select(i => i % 2)]),
            _shape,
            [.. Enumerable.Range(0, BatchSize).Select(i => Noise(i))],
            new ImageDatasetOptions(),
            []);
        var steps = new List<double>();
        var began = Stopwatch.GetTimestamp();
        var options = new TrainingOptions { Epochs = 3, BatchSize = BatchSize, LearningRate = 1e-4, Precision = precision };
        new Trainer(network, options, new Observing(_ =>
        {
            steps.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            began = Stopwatch.GetTimestamp();
        })).Fit(images, validation: null, CancellationToken.None);
        return steps[1..].Min();
    }

    private static byte[] Noise(int seed)
    {
        var pixels = new byte[_shape.ByteCount];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }
}
