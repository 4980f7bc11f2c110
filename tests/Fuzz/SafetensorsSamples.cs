using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Training;
using PSTransfer.Core.Training.Optimisation;
using PSTransfer.Core.Training.Runs;
using TorchSharp;

namespace PSTransfer.Fuzz;

/// <summary>Files of the safetensors format: a small one by hand, a model and a run's checkpoint as this project writes them.</summary>
internal static class SafetensorsSamples
{
    private const string Header =
        """{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F16","shape":[2],"data_offsets":[32,36]},"n":{"dtype":"I64","shape":[],"data_offsets":[24,32]},"c":{"dtype":"BF16","shape":[1,1],"data_offsets":[36,38]}}  """;

    private static readonly string[] Classes = ["cat", "dog"];

    private static readonly TrainingOptions Options = new() { Momentum = 0.9, Resume = true };

    public static Sample Small() =>
        Of(
            "small.safetensors",
            [.. BitConverter.GetBytes((long)Header.Length), .. System.Text.Encoding.UTF8.GetBytes(Header), .. Enumerable.Range(0, 38)
                .Select(i => (byte)(i * 7))
            ]);

    /// <summary>Weights that are spread over several files, here one, with the index that is opened.</summary>
    public static Sample Index() => new(
        new SampleFile(
            "small.index.json",
            """{"metadata":{"total_size":38},"weight_map":{"a.weight":"small.safetensors","b":"small.safetensors","c":"small.safetensors"}}"""u8.ToArray()),
        Small().Files[0]);

    public static Sample Model() => Written("small.model", path =>
    {
        using var network = Network();
        ModelFile.Save(network, path, overwrite: true);
    });

    public static Sample Run() => Written("run.checkpoint", path =>
    {
        using var network = Network();
        using var optimizer = new RunOptimizer(network, Options);
        using (var scope = torch.NewDisposeScope())
        {
            optimizer.Step(
                network.State
                    .Where(tensor => tensor.Key.StartsWith("head.", StringComparison.Ordinal))
                    .Select(tensor => tensor.Value.sum())
                    .Aggregate((a, b) => a + b),
                rate: 0.1);
        }

        Checkpoint.Save(
            network, path, Plan(network, path).Identity, [new EpochRecord(1, 1, 0.5, 0.5, null, null, 0.1, 1)], optimizer.State);
    });

    /// <summary>Resumes into one network, whose modes each file may change.</summary>
    public static Action<string> Resume()
    {
        var network = Network();
        var optimizer = new RunOptimizer(network, Options);
        var plan = Plan(network, Path.Combine(Path.GetTempPath(), "run.checkpoint"));
        return path =>
        {
            FreezeAll(network);
            using var checkpoint = Checkpoint.Open(network, Options with { CheckpointPath = path }, plan)!;
            optimizer.Restore(checkpoint.History.Count, checkpoint.Read);
        };
    }

    private static RunPlan Plan(TransferNetwork network, string path) =>
        RunPlan.Make(network, Options with { CheckpointPath = path }, Images(), validation: null);

    private static LabeledImages Images() => LabeledImages.FromMemory(
        "images", new SampleChoice(Classes, [0, 1], [0, 1]), new ImageShape(12, 9, 3), [new byte[324], new byte[324]],
        new ImageDatasetOptions(), []);

    private static TransferNetwork Network()
    {
        var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(12, 9, 3), seed: 5);
        network.SetHead(new Head { ClassCount = 2 }, seed: 6);
        network.Classes = Classes;
        FreezeAll(network);
        return network;
    }

    private static void FreezeAll(TransferNetwork network) => new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);

    private static Sample Written(string name, Action<string> write)
    {
        var folder = Directory.CreateTempSubdirectory("pstransfer-fuzz-");
        try
        {
            var path = Path.Combine(folder.FullName, name);
            write(path);
            return Of(name, File.ReadAllBytes(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>
    /// What is inserted or removed counts to the header: its length in front of the file follows, or nothing would get past that.
    /// </summary>
    private static Sample Of(string name, byte[] file)
    {
        var header = BinaryPrimitives.ReadInt64LittleEndian(file);
        return new Sample(new SampleFile(
            name, file[8..], content => [.. BitConverter.GetBytes(header + content.Length - (file.Length - 8)), .. content]));
    }
}
