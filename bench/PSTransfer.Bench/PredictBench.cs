using System.Diagnostics;
using System.Globalization;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data;
using PSTransfer.Core.Models;
using PSTransfer.Core.Native;
using TorchSharp;

namespace PSTransfer.Bench;

/// <summary>Classes of photographs from files by a resnet50 at 224, beside PyTorch's evaluation of the same files: each side in a process of its own, in turn.</summary>
internal static class PredictBench
{
    private const double Most = 0.8;
    private const int BatchSize = 32;

    /// <returns>Whether the limit holds: 0 or 1.</returns>
    public static int Run(int count, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("pstransfer-bench-").FullName;
        try
        {
            Photos.Make(Path.Combine(folder, "photos"), count, width: 500, height: 375);
            using (var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet50"), new ImageShape(224, 224, 3), seed: 1))
            {
                network.SetHead(new Head { ClassCount = 2 }, 2);
                ModelFile.Save(network, Path.Combine(folder, "weights.safetensors"), overwrite: true);
            }

            List<double> ours = [], peers = [];
            for (var round = 0; round < rounds; round++)
            {
                peers.Add(Peer.Time(Peer.Python, Path.Combine(AppContext.BaseDirectory, "peers", "resnet50_predict.py"), folder));
                ours.Add(Peer.Time(Environment.ProcessPath!, "predict-ours", folder));
            }

            return Peer.Print("P5", $"classes of {count} JPEGs of 500×375, ResNet50 at 224, against PyTorch", ours, peers, Most) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Our side: from the names of the files to their classes, the network being loaded.</summary>
    public static void RunOurs(string folder)
    {
        LibTorch.EnsureLoaded();
        torch.set_num_threads(Environment.ProcessorCount);
        using var network = ModelFile.Load(Path.Combine(folder, "weights.safetensors"));
        var began = Stopwatch.GetTimestamp();
        using var predictor = new Predictor(network);
        var files = Directory.EnumerateFiles(Path.Combine(folder, "photos"), "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Chunk(BatchSize);
        var results = 0;
        Task<IReadOnlyList<ReadImage>>? ahead = null;
        foreach (var batch in files.Append([]))
        {
            var ready = ahead;
            ahead = batch.Length == 0 ? null : predictor.ReadAsync(batch, CancellationToken.None);
            results += ready is null ? 0 : predictor.Predict(ready.Result).Count;
        }

        Trace.Assert(results > 0);
        Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture));
    }
}
