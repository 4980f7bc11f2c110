using PSTransfer.Core.Models.Matching;

namespace PSTransfer.Bench;

/// <summary>
/// Loads a weight file into a network, against reading the file. The limits: at most 5 times as long, and at most the memory of the file
/// and 1.2 times the network in float32. Both sides read from the system's cache. Processor time is shown too, since other processes
/// disturb it less.
/// </summary>
internal static class ImportBench
{
    private const int Rounds = 5;
    private const double MostTime = 5;
    private const double MostNetworks = 1.2;

    /// <summary>Runs with a file of resnet50's weights, made for this run.</summary>
    public static int Run()
    {
        var folder = Directory.CreateTempSubdirectory("pstransfer-bench-");
        try
        {
            var file = Path.Combine(folder.FullName, "resnet50.safetensors");
            using (var network = Create("resnet50", seed: 1))
            {
                ModelFile.Save(network, file, overwrite: false);
            }

            return Run("resnet50", file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs with a file of any format that New-Backbone reads.</summary>
    /// <returns>Whether both limits hold: 0 or 1.</returns>
    public static int Run(string backbone, string file)
    {
        using var network = Create(backbone, seed: null);
        BackboneWeights.Load(network, file);
        var read = new List<(double Wall, double Processor)>();
        var import = new List<(double Wall, double Processor)>();
        for (var round = 0; round < Rounds; round++)
        {
            read.Add(Measure(() => ReadAll(file)));
            import.Add(Measure(() => BackboneWeights.Load(network, file)));
        }

        var fileBytes = Bytes(file);
        var memory = long.Parse(Peer.Output(Environment.ProcessPath!, "import-memory", backbone, file), CultureInfo.InvariantCulture);
        var mostMemory = fileBytes + (MostNetworks * network.StateBytes);
        var versions = $"{torch.get_num_threads()} threads, .NET {Environment.Version}, libtorch {LibTorch.Version}";
        Print($"{backbone} from {Path.GetFileName(file)}, {fileBytes / 1e6:0} MB; {versions}");
        var (reading, importing) = (read.Min(time => time.Processor), import.Min(time => time.Processor));
        Print($"time of the processor, minimum, ms: reading {reading:0.0}, importing {importing:0.0}");
        var held = Row.Ratio(
            "P9",
            $"importing {Path.GetFileName(file)} of {fileBytes / 1e6:0} MB, against reading it",
            import.Select(time => time.Wall),
            read.Select(time => time.Wall),
            MostTime,
            "ms");
        held &= Row.Figure(
            "P9",
            $"peak memory, at most the file and {MostNetworks.ToString(CultureInfo.InvariantCulture)} networks",
            $"{memory / 1e6:0} MB",
            $"≤ {mostMemory / 1e6:0} MB",
            memory <= mostMemory);
        return held ? 0 : 1;
    }

    /// <summary>Prints by how much making the network and importing raise the peak of resident memory. Runs in its own process.</summary>
    public static void PrintMemory(string backbone, string file)
    {
        LibTorch.EnsureLoaded();
        using (torch.ones(1))
        {
            var before = Environment.WorkingSet;
            using var network = Create(backbone, seed: null);
            BackboneWeights.Load(network, file);
            using var process = Process.GetCurrentProcess();
            Console.WriteLine((process.PeakWorkingSet64 - before).ToString(CultureInfo.InvariantCulture));
        }
    }

    private static TransferNetwork Create(string backbone, int? seed)
    {
        var spec = BackboneCatalogue.Find(backbone);
        return TransferNetwork.Create(spec, new ImageShape(spec.DefaultImageSize, spec.DefaultImageSize, 3), seed);
    }

    /// <summary>Reads as cat does: in pieces of 128 KiB into one buffer, and a folder's files one after the other.</summary>
    private static void ReadAll(string path)
    {
        var buffer = new byte[128 << 10];
        foreach (var file in Files(path))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            while (stream.Read(buffer) > 0)
            {
            }
        }
    }

    private static long Bytes(string path) => Files(path).Sum(file => new FileInfo(file).Length);

    private static string[] Files(string path) => Directory.Exists(path) ? Directory.GetFiles(path) : [path];

    private static (double Wall, double Processor) Measure(Action action)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        action();
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds);
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
