using PSTransfer.Core.Models.Onnx;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Experiments;
using PSTransfer.Core.Weights;
using PSTransfer.Core.Weights.KerasH5;
using PSTransfer.Core.Weights.KerasZip;
using PSTransfer.Core.Weights.PyTorch;
using PSTransfer.Core.Weights.Safetensors;
using PSTransfer.Core.Weights.TensorFlowJs;

namespace PSTransfer.Fuzz;

/// <summary>Every parser, with its valid inputs. A new reader gets an entry here.</summary>
internal static class Parsers
{
    public static IReadOnlyList<Parser> All { get; } =
    [
        new("safetensors", () => [SafetensorsSamples.Small()], () => ReadSafetensors),
        new("index", () => [SafetensorsSamples.Index()], () => path => ReadWeights(WeightFiles.Open(path, WeightFormat.Auto))),
        new("keras-h5", () => Files("keras-h5", "*.h5"), () => path => ReadWeights(KerasFile.Open(path))),
        new(
            "keras-zip",
            () =>
                [.. Files(
                    "keras-h5", "*.keras"),
                    .. Members("keras-h5/deflated.keras", "config.json", "model.weights.h5"),
                    .. Members("keras-h5/nested.keras", "config.json", "model.weights.h5")
                ],
            () => path => ReadWeights(KerasZipFile.Open(path))),
        new(
            "pytorch",
            () =>
                [.. Files(
                    "pytorch", "*.p*"),
                    .. Members("pytorch/checkpoint.pth", "data.pkl"),
                    .. Members("pytorch/views.pth", "data.pkl"),
                    .. Members("pytorch/protocol5-checkpoint.pth", "data.pkl")
                ],
            () => path => ReadWeights(PyTorchFile.Open(path))),
        new(
            "tensorflowjs",
            () => [.. Directory.GetDirectories(Fixtures("tensorflowjs")).Order().Select(folder => Sample.OfFolder(folder, "model.json"))],
            () => path => ReadWeights(TensorFlowJsFile.Open(path))),
        new("onnx", () => Files("onnx", "*.onnx"), () => ReadOnnx),
        new("model", () => [SafetensorsSamples.Model()], () => path => ModelFile.Load(path).Dispose()),
        new("checkpoint", () => [SafetensorsSamples.Run()], SafetensorsSamples.Resume),
        new("cifar", DatasetSamples.Cifar, () => ReadImages),
        new("idx", DatasetSamples.Idx, () => ReadImages),
        new("table", DatasetSamples.Table, () => path => LabeledImages.Import(path, new ImageDatasetOptions { SkipInvalid = true })),
        new(
            "yaml",
            () =>
                [new Sample(new SampleFile("new.yml", Encoding.UTF8.GetBytes(ExperimentTemplate.Text("x.json")))), Sample.Of(
                    Path.Combine(Repository.Root, "examples", "experiment.yml"))
                ],
            () => ReadExperiment),
        new("epoch-log", LogSamples.Epochs, () => LogSamples.ReadEpochs),
        new("experiment-record", LogSamples.Records, () => LogSamples.ReadRecord),
        new(
            "images",
            () => [.. Files("images/decode", "*"), .. Pictures("*.gif"), .. Pictures("*.jpg"), .. Pictures("*.png"), .. Pictures("*.webp")],
            () => Decode),
        new("tiff", () => [.. Pictures("*.tif")], () => Decode),
        new("pnm", () => [.. Pictures("*.p?m")], () => Decode),
    ];

    private static string Fixtures(string name) => Path.Combine(Repository.Root, "tests", "Fixtures", name);

    private static Sample[] Files(string folder, string pattern) =>
        [.. Directory.GetFiles(Fixtures(folder), pattern).Order().Select(Sample.Of)];

    private static Sample[] Members(string archive, params string[] names) =>
        [.. names.Select(name => new Sample(SampleFile.OfMember(Fixtures(archive), name)))];

    /// <summary>The pictures of these names that make_formats.py made. What must be refused is no sample.</summary>
    private static IEnumerable<Sample> Pictures(string pattern) => new[] { "formats", "turned", "color" }
        .SelectMany(folder => Files($"images/{folder}", pattern))
        .Where(sample => !sample.Files[0].Name.StartsWith("refused", StringComparison.Ordinal));

    private static void Decode(string path) => ImageDecoder.Decode(path).Dispose();

    private static void ReadOnnx(string path) =>
        new OnnxImport { Path = path, KeepsClassifier = true, InputShape = [12, 10] }.Create(_ => { }, _ => { }).Dispose();

    private static void ReadWeights(IWeightFile opened)
    {
        using var file = opened;
        foreach (var tensor in file.Tensors.Where(tensor => tensor.DataType is "float32" or "float16" or "bfloat16"))
        {
            // Fails where a reader didn't hold the shape against the file's length, as it must.
            file.Read(tensor, new float[tensor.Shape.Aggregate(1L, (product, size) => checked(product * size))]);
        }
    }

    private static void ReadSafetensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        foreach (var entry in file.Tensors.Values)
        {
            var count = entry.Shape.Aggregate(1L, (product, size) => product * size);
            if (entry.DataType == "I64")
            {
                file.ReadLongs(entry, 0, new long[count]);
            }
            else
            {
                file.ReadFloats(entry, 0, new float[count]);
            }
        }
    }

    private static void ReadExperiment(string path)
    {
        var experiment = Experiment.Load(path, ["train.epochs=3"]);
        experiment.RequireValid();
        foreach (var run in experiment.Runs)
        {
            _ = run.Describe(Path.GetTempPath());
        }
    }

    private static void ReadImages(string path)
    {
        var images = LabeledImages.Import(path, new ImageDatasetOptions());
        var pixels = new byte[images.Shape!.Value.ByteCount];
        for (var index = 0; index < images.Count; index++)
        {
            images.Read(index, pixels);
        }
    }
}
