using PSTransfer.Core.Data.Augmenting;

namespace PSTransfer.Bench;

/// <summary>
/// Tests whether resident memory stays flat in full fine-tuning of a resnet20 on images of 8×8, compared with the first few hundred steps.
/// </summary>
internal static class MemoryBench
{
    private const int FirstSteps = 500;
    private const int Steps = 10_000;
    private const int StepsPerEpoch = 100;
    private const int Side = 8;
    private const double MostMebibytes = 10;

    /// <returns>Whether the limit holds: 0 or 1.</returns>
    public static int Run()
    {
        LibTorch.EnsureLoaded();
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(Side, Side, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2, Dropout = 0.2 }, seed: 1);
        var images = Images();
        var options = new TrainingOptions
        {
            Epochs = Steps / StepsPerEpoch,
            StepsPerEpoch = StepsPerEpoch,
            BatchSize = 8,
            Momentum = 0.9,
            Augmentation = Augmentation.Parse(["Flip"]),
        };
        var (first, most, steps, watch) = (0.0, 0.0, 0, Stopwatch.StartNew());
        new Trainer(network, options, new Observing(_ =>
        {
            if (++steps % FirstSteps == 0)
            {
                var now = Resident();
                first = steps == FirstSteps ? now : first;
                most = Math.Max(most, now);
                Console.WriteLine(FormattableString.Invariant($"step {steps,6}  {now,7:0.0} MiB  {now - first:+0.0;-0.0;0.0}"));
            }
        })).Fit(images, images, CancellationToken.None);
        var held = most - first < MostMebibytes;
        Row.Figure(
            "P7",
            $"resident memory over {Steps} steps of a resnet20 at {Side}×{Side}, above step {FirstSteps}",
            $"{most - first:0.0} MiB",
            $"< {MostMebibytes} MiB",
            held);
        Console.WriteLine(FormattableString.Invariant($"P7 took {watch.Elapsed.TotalSeconds:0} s"));
        return held ? 0 : 1;
    }

    /// <summary>The bundled images of shoes, made small.</summary>
    private static LabeledImages Images() =>
        LabeledImages.Import(
            Path.Combine(Repository.Root, "assets/fashion-shoes/train-images-idx3-ubyte.gz"),
            new ImageDatasetOptions { ImageSize = [Side] });

    private static double Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / (double)(1 << 20);
    }
}
