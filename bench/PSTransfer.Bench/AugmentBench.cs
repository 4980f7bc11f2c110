using PSTransfer.Core.Data.Augmenting;

namespace PSTransfer.Bench;

/// <summary>Measures the cost of augmentation per image of 224×224, beside a forward pass of resnet50 through the same images.</summary>
internal static class AugmentBench
{
    private const int Images = 32;
    private const int Runs = 7;

    public static void Run()
    {
        LibTorch.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), new ImageShape(224, 224, 3), seed: 1);
        var batch = torch.rand(Images, 3, 224, 224) * 255;
        int[] indices = [.. Enumerable.Range(0, Images)];
        var work = new List<(string Name, Action Run)> { ("copy", () => batch.clone()) };
        foreach (var set in new[] { "Light", "Standard", "Strong" })
        {
            var augmentation = Augmentation.Parse([set])!;
            work.Add((set, () => augmentation.Apply(batch, 42, 1, indices)));
        }

        work.Add(("resnet50 forward", () => network.Features(batch, ForwardPass.Inference)));
        var times = work.ToDictionary(one => one.Name, _ => new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            foreach (var (name, action) in work)
            {
                using var inner = torch.NewDisposeScope();
                using var noGradient = torch.no_grad();
                var watch = Stopwatch.StartNew();
                action();
                times[name].Add(watch.Elapsed.TotalMilliseconds / Images);
            }
        }

        Console.WriteLine($"{Images} images of 224×224, {Runs} runs in turns, {torch.get_num_threads()} threads; milliseconds per image");
        var forward = times["resnet50 forward"].Min();
        foreach (var (name, _) in work)
        {
            var sorted = times[name].Order().ToList();
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name,-18} minimum {sorted[0],8:0.00}  median {sorted[Runs / 2],8:0.00}  {sorted[0] / forward,6:0.000} × forward"));
        }
    }
}
