using PSTransfer.Core.Diagnosis.Deployment;

namespace PSTransfer.Core.Tests.Models;

/// <summary>
/// What was trained is what is used: a file gets the same answer from an evaluation of its data set and from a prediction, in the process
/// that trained, from the exported model, from the checkpoint, and from an experiment's model. Over every family of backbones, resize rule,
/// format, orientation, grey and alpha (tests/Fixtures/images/make_path.py): each pair of them here, all of them together by
/// <c>PSTRANSFER_WHOLE_PRODUCT=1 dotnet run --project tests/PSTransfer.Core.Tests -- -class "*OnePathTests"</c>.
/// </summary>
public sealed class OnePathTests : IDisposable
{
    private const int Batch = 16;
    private const int Orientations = 8;
    private const int Alone = 3;

    /// <summary>Evaluations take layers as they are, predictions fold BatchNorm into convolutions.</summary>
    private const double Folding = 1e-5;

    private static readonly bool _whole = Environment.GetEnvironmentVariable("PSTRANSFER_WHOLE_PRODUCT") == "1";

    private static readonly ResizeRule[] _rules = Enum.GetValues<ResizeRule>();

    private static readonly string _pictures = ImageFixture.PathOf("path");

    private readonly TempFolder _folder = new();

    /// <summary>One backbone of each family, and the side of its images.</summary>
    public static TheoryData<string, int> Families => new()
    {
        { "resnet20", 24 }, { "resnet18", 32 }, { "vgg16", 32 }, { "mobilenetv2", 32 }, { "mobilenetv3-small", 32 }, { "inceptionv3", 75 },
        { "densenet121", 32 }, { "efficientnet-b0", 32 }, { "regnet_y_400mf", 32 }, { "convnext-tiny", 32 }, { "keras-resnet50", 32 },
        { "keras-resnet50v2", 32 },
        { "keras-vgg16", 32 },
        { "keras-mobilenet", 32 },
        { "keras-mobilenetv2", 32 },
        { "keras-inceptionv3", 75 },
        { "keras-inceptionresnetv2", 75 }, { "keras-xception", 71 }, { "keras-densenet121", 32 }, { "keras-efficientnetb0", 32 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void APictureGetsOneAnswerOnEveryRoute(string backbone, int side)
    {
        var family = Families.Index().First(row => row.Item.Data.Item1 == backbone).Index;
        foreach (var rule in _whole ? _rules : [_rules[family % _rules.Length]])
        {
            EveryRoute(backbone, side, rule, Pictures(family));
        }
    }

    /// <summary>
    /// A family sees one orientation of each kind and format, eight families see all; the whole product sees all with each.
    /// </summary>
    [Fact]
    public void EachPairOfFactorsIsMet()
    {
        var seen = new HashSet<(string, string)>();
        foreach (var family in Enumerable.Range(0, Families.Count))
        {
            foreach (var factors in Pictures(family).Select(Factors))
            {
                seen.UnionWith(factors.Append($"family {family}").SelectMany(one => factors.Select(other => (one, other))));
            }
        }

        var all = AllPictures().Select(Factors).ToList();
        var factorsOfPictures = all.SelectMany(factors => factors).ToHashSet();
        Assert.All(
            all.SelectMany(factors => factors.SelectMany(one => factors.Select(other => (one, other)))),
            pair => Assert.Contains(pair, seen));
        Assert.All(
            Enumerable.Range(0, Families.Count).SelectMany(family => factorsOfPictures.Select(factor => ($"family {family}", factor))),
            pair => Assert.Contains(pair, seen));
        Assert.Equal(_rules.Length, Enumerable.Range(0, Families.Count).Select(family => family % _rules.Length).Distinct().Count());
    }

    /// <summary>
    /// Small backbones see every picture under every rule; a link that is changed gives other answers, so the tests above can fail.
    /// </summary>
    [Theory]
    [InlineData(ResizeRule.Crop)]
    [InlineData(ResizeRule.Stretch)]
    [InlineData(ResizeRule.Pad)]
    public void ALinkThatIsChangedIsNoticed(ResizeRule rule)
    {
        var data = Dataset(AllPictures(), rule);
        using var network = Trained("resnet20", 24, data, checkpoint: null);
        var files = Files(data);
        var right = Predictions(network, files);
        foreach (var changed in _rules.Where(other => other != rule).Select(other => network.Pixels with { Resize = other })
            .Append(network.Pixels with { Preprocessing = Preprocessing.Caffe }))
        {
            using var other = network.Clone();
            other.SetPixels(changed, areFixed: true);
            Assert.True(Largest(right, Predictions(other, files)) > 100 * Folding, $"{changed}");
        }

        Assert.Equal(right, Predictions(network, files));
    }

    /// <summary>The picture on its side and the upright one are one picture, and what lies beside the orientation is another.</summary>
    [Theory]
    [InlineData("png")]
    [InlineData("tif")]
    [InlineData("jpg")]
    [InlineData("webp")]
    public void AnOrientationThatIsIgnoredIsNoticed(string extension)
    {
        using var network = Trained("resnet20", 24, Dataset(AllPictures(), ResizeRule.Stretch), checkpoint: null);
        var turned = Path.Combine(_pictures, "dark", $"colour-6.{extension}");
        var stripped = _folder.File($"stripped.{extension}", WithoutOrientation(File.ReadAllBytes(turned)));
        Assert.True(Largest(Predictions(network, [turned]), Predictions(network, [stripped])) > 100 * Folding);
    }

    private void EveryRoute(string backbone, int side, ResizeRule rule, IReadOnlyList<string> pictures)
    {
        var data = Dataset(pictures, rule);
        var files = Files(data);
        var checkpoint = _folder.File($"{backbone}-{rule}.checkpoint");
        using var network = Trained(backbone, side, data, checkpoint);
        Assert.Equal((rule, true), (network.Pixels.Resize, network.PixelsAreFixed));

        // Pixels: those of training, of evaluation and of prediction are equal to the bit.
        var bound = network.Bind(data);
        var (ofSet, ofFile) = (new byte[network.InputShape.ByteCount], new byte[network.InputShape.ByteCount]);
        for (var i = 0; i < files.Count; i++)
        {
            bound.Read(i, ofSet);
            network.Pixels.Read(files[i], ofFile);
            Assert.Equal(ofSet, ofFile);
        }

        // Answers: an evaluation and a prediction in this process, then from the files that it left.
        var here = Predictions(network, files);
        var evaluated = Evaluation(network, data);
        AssertAgree(evaluated, here);
        AssertAgree(here[..Alone], Predictions(network, files[..Alone], batch: 1));
        var exported = _folder.File($"{backbone}-{rule}.safetensors");
        ModelFile.Save(network, exported, overwrite: false);
        using (var loaded = ModelFile.Load(exported, Assert.Fail))
        {
            Assert.Equal(network.Pixels, loaded.Pixels);
            Assert.Equal(here, Predictions(loaded, files));
            Assert.Equal(evaluated, Evaluation(loaded, data));
            Assert.True(new DeploymentTest(loaded).Run(exported, data, Token).Passed);
        }

        using (var resumed = ModelFile.Load(checkpoint, Assert.Fail))
        {
            Assert.Equal(network.Pixels, resumed.Pixels);
            Assert.Equal(here, Predictions(resumed, files));
        }

        using var ofExperiment = FromExperiment(backbone, side, rule, data);
        Assert.Equal(network.Pixels, ofExperiment.Pixels);
        Assert.Equal(here, Predictions(ofExperiment, files));
        File.Delete(exported);
        File.Delete(checkpoint);
    }

    private TransferNetwork FromExperiment(string backbone, int side, ResizeRule rule, LabeledImages data)
    {
        var saved = _folder.File($"{backbone}-{rule}-of-experiment.safetensors");
        var yaml = _folder.File($"{backbone}-{rule}.yml");
        File.WriteAllText(yaml, $$"""
            data: { path: '{{data.Source}}', resize: {{rule}}, validation: same }
            backbone: { name: {{backbone}}, inputShape: {{side}}, seed: 1 }
            head: { classCount: 2, pooling: Average, seed: 2 }
            freeze: { mode: Inference }
            train: { epochs: 1, batchSize: {{Batch}}, learningRate: 0.001, seed: 3 }
            evaluate: { save: '{{saved}}' }

            """);
        var experiment = Experiment.Load(yaml, []);
        Assert.Empty(experiment.Errors);
        using var network = new ExperimentRunner(experiment).Run(experiment.Runs.Single(), force: false, Token)!.Training!.Network;

        return ModelFile.Load(saved, Assert.Fail);
    }

    private static TransferNetwork Trained(string backbone, int side, LabeledImages data, string? checkpoint)
    {
        var network = TransferNetwork.Create(BackboneCatalogue.Find(backbone), new ImageShape(side, side, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2, Pooling = Pooling.Average }, seed: 2);
        new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        new Trainer(network, new TrainingOptions { BatchSize = Batch, LearningRate = 0.001, Seed = 3, CheckpointPath = checkpoint }).Fit(
            data, data, Token);
        return network;
    }

    private LabeledImages Dataset(IReadOnlyList<string> pictures, ResizeRule rule)
    {
        var folder = Path.Combine(_folder.Path, $"{Guid.NewGuid():N}");
        foreach (var picture in pictures)
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(_pictures, picture));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(picture, copy);
        }

        return LabeledImages.Import(folder, new ImageDatasetOptions { Resize = rule }, Token);
    }

    private static List<string> Files(LabeledImages data) => [.. Enumerable.Range(0, data.Count).Select(i => data.PathOf(i)!)];

    private static float[][] Predictions(TransferNetwork network, IReadOnlyList<string> files, int batch = Batch)
    {
        using var predictor = new Predictor(network);
        return [.. files.Chunk(batch).SelectMany(some =>
        {
            var images = predictor.ReadAsync(some, Token).GetAwaiter().GetResult();
            Assert.All(images, image => Assert.Null(image.Fault));
            return predictor.Predict(images);
        }).Select(prediction => prediction.Probabilities.Values.Select(p => (float)p).ToArray())];
    }

    private static float[][] Evaluation(TransferNetwork network, LabeledImages data)
    {
        var answers = new Evaluator(network, Batch).Run(data, isTraining: false, dropout: false, seed: null, KeptProbabilities.All, Token);
        return [.. answers.Probabilities.Chunk(2)];
    }

    private static void AssertAgree(float[][] one, float[][] other)
    {
        Assert.InRange(Largest(one, other), 0, Folding);
        foreach (var (a, b) in one.Zip(other).Where(pair => Math.Abs(pair.First[0] - pair.First[1]) > 4 * Folding))
        {
            Assert.Equal(a[0] > a[1], b[0] > b[1]);
        }
    }

    private static double Largest(float[][] one, float[][] other)
    {
        Assert.Equal(one.Length, other.Length);
        return one.Zip(other).Max(rows => rows.First.Zip(rows.Second).Max(pair => Math.Abs((double)pair.First - pair.Second)));
    }

    private static List<string> AllPictures() =>
        [.. Directory.EnumerateFiles(_pictures, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static List<string> Pictures(int family) => _whole ? AllPictures() :
    [
        .. AllPictures().GroupBy(picture => (Factors(picture)[0], Path.GetExtension(picture)))
            .OrderByDescending(group => group.Count()).Index().SelectMany(group => group.Item.Order(StringComparer.Ordinal)
            .Where((picture, _) =>
                group.Item.Count() == 1
                    || (int.Parse(Factors(picture)[1], CultureInfo.InvariantCulture) + group.Index + family) % Orientations == 0)),
    ];

    /// <summary>colour-6.png: kind, orientation, format.</summary>
    private static string[] Factors(string picture)
    {
        var parts = Path.GetFileNameWithoutExtension(picture).Split('-');
        return [parts[0], parts[1], Path.GetExtension(picture)];
    }

    /// <summary>Cuts the chunk out of a PNG; elsewhere turns the tag's value to 1, little or big endian.</summary>
    private static byte[] WithoutOrientation(byte[] file)
    {
        if (file.AsSpan().IndexOf("eXIf"u8) is >= 0 and var chunk)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(chunk - 4));
            return [.. file[..(chunk - 4)], .. file[(chunk + 4 + length + 4)..]];
        }

        var (little, big) = ((byte[])[0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0], (byte[])[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]);
        var value = file.AsSpan().IndexOf(little) is >= 0 and var at ? at + 8 : file.AsSpan().IndexOf(big) + 9;
        Assert.Equal(6, file[value]);
        file[value] = 1;
        return file;
    }
}
