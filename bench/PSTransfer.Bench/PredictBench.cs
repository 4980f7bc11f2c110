using PSTransfer.Core.Evaluation;

namespace PSTransfer.Bench;

/// <summary>
/// Finds the classes of photographs from files by a resnet50 at 224. The peers are PyTorch's evaluation and ONNX Runtime's of the same
/// files. Each side runs in its own process, in turn.
/// </summary>
internal static class PredictBench
{
    private const double MostOfPyTorch = 0.8;
    private const double MostOfOnnx = 1;
    private const double MostDifference = 1e-3;
    private const int BatchSize = 32;

    /// <returns>Whether the limits hold: 0 or 1.</returns>
    public static int Run(int count, int rounds)
    {
        var what = $"classes of {count} JPEGs of 500×375, ResNet50 at 224, against";
        if (Peer.PyTorchMissing is { } missing)
        {
            Row.NotCompared("P5", $"{what} PyTorch", missing);
            Row.NotCompared("P5", $"{what} ONNX Runtime", $"PyTorch exports its network; {missing}");
            return 0;
        }

        var folder = Directory.CreateTempSubdirectory("pstransfer-bench-").FullName;
        try
        {
            var probabilities = Prepare(folder, count);
            List<double> ours = [], torch = [], onnx = [];
            for (var round = 0; round < rounds; round++)
            {
                torch.Add(Peer.Time(Peer.Python, Peer.Script("resnet50_predict.py"), folder));
                ours.Add(Peer.Time(Environment.ProcessPath!, "predict-ours", folder));
                if (Peer.OnnxMissing is null)
                {
                    onnx.Add(Peer.Time("dotnet", Peer.Onnx, "predict", folder));
                }
            }

            var held = Row.Ratio("P5", $"{what} PyTorch", ours, torch, MostOfPyTorch);
            if (Peer.OnnxMissing is { } build)
            {
                Row.NotCompared("P5", $"{what} ONNX Runtime", build);
                return held ? 0 : 1;
            }

            held &= Row.Ratio("P5", $"{what} ONNX Runtime", ours, onnx, MostOfOnnx);
            var theirs = Peer.Result<double[][]>("dotnet", Peer.Onnx, "check", folder);
            var difference = probabilities.Zip(theirs, (x, y) => x.Zip(y, (p, q) => Math.Abs(p - q)).Max()).Max();
            held &= Row.Figure(
                "P5",
                $"largest difference of a probability from ONNX Runtime's, {probabilities.Length} images, same pixels",
                $"{difference:0.0e+0}",
                $"≤ {MostDifference:0e+0}",
                difference <= MostDifference);
            return held ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs our side: from the names of the files to their classes, with the network already loaded.</summary>
    public static void RunOurs(string folder)
    {
        LibTorch.EnsureLoaded();
        torch.set_num_threads(Environment.ProcessorCount);
        using var network = ModelFile.Load(Path.Combine(folder, "weights.safetensors"));
        var began = Stopwatch.GetTimestamp();
        using var predictor = new Predictor(network);
        var results = 0;
        Task<IReadOnlyList<ReadImage>>? ahead = null;
        foreach (var batch in Files(folder).Chunk(BatchSize).Append([]))
        {
            var ready = ahead;
            ahead = batch.Length == 0 ? null : predictor.ReadAsync(batch, CancellationToken.None);
            results += ready is null ? 0 : predictor.Predict(ready.Result).Count;
        }

        Trace.Assert(results > 0);
        Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture));
    }

    /// <summary>Writes the photographs, the network for all sides, and the pixels of the first photographs.</summary>
    /// <returns>Our probabilities for each photograph, computed from those pixels.</returns>
    private static double[][] Prepare(string folder, int count)
    {
        Photos.Make(Path.Combine(folder, "photos"), count, width: 500, height: 375);
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), new ImageShape(224, 224, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, 2);

        // The network gets the images' own statistics, as a pretrained one has. With those of a fresh network, all probabilities are 0 or
        // 1.
        var photographs = LabeledImages.Import(Path.Combine(folder, "photos"), new ImageDatasetOptions());
        new BatchNormRepair(network).Run(photographs.Subset([.. Enumerable.Range(0, Math.Min(count, 16))], "a few"));
        ModelFile.Save(network, Path.Combine(folder, "weights.safetensors"), overwrite: true);
        using var predictor = new Predictor(network);
        var few = predictor.ReadAsync([.. Files(folder).Take(BatchSize)], CancellationToken.None).Result;
        if (Peer.OnnxMissing is null)
        {
            Peer.Output(Peer.Python, Peer.Script("resnet50_onnx.py"), folder);
            File.WriteAllBytes(Path.Combine(folder, "pixels.bin"), [.. few.SelectMany(image => image.Pixels.ToArray())]);
        }

        return [.. predictor.Predict(few).Select(prediction => prediction.Probabilities.Select(p => p.Value).ToArray())];
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(folder, "photos"), "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
}
