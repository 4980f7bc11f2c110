using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Models.Matching;

namespace PSTransfer.Bench;

/// <summary>
/// Counts how often the verdict of the learning-phase test is wrong, over seeds of head, order and draw. One model is in the trap. Two
/// kinds of sound model also have BatchNorm layers that normalise by the batch. The bundled resnet20 is trained on 200 images and judged on
/// them and on 200 others, since images known by heart hide gaps.
/// </summary>
internal static class VerdictBench
{
    private const double MostWrong = 0.05;
    private static readonly string[] _pretraining = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Bag"];

    private sealed record Case(
        string Name,
        bool IsTrap,
        FreezeMode Mode,
        TrainingOptions Options,
        Func<int, LabeledImages> Training,
        Func<int, LabeledImages> Unseen);

    /// <param name="seeds">The number of seeds, which count from 0.</param>
    /// <param name="fashionMnist">A folder with the four files of Fashion-MNIST, whose classes stand for those of the pretraining.</param>
    /// <returns>Whether at most 5 % of each kind are wrong: 0 or 1; 2 if a kind could not be run.</returns>
    public static int Run(int seeds, string fashionMnist)
    {
        var shoes = LabeledImages.Import(Asset("fashion-shoes/train-images-idx3-ubyte.gz"), new ImageDatasetOptions());
        var otherShoes = Asset("fashion-shoes/t10k-images-idx3-ubyte.gz");
        var source = Path.Combine(fashionMnist, "train-images-idx3-ubyte.gz");
        var adam = new TrainingOptions { Optimizer = OptimizerKind.Adam };
        List<Case> cases =
        [
            new("trap: Legacy shoes", true, FreezeMode.Legacy, adam with { Epochs = 10 }, _ => shoes, seed => Draw(otherShoes, 100, seed)),
            new(
                "sound: None shoes",
                false,
                FreezeMode.None,
                adam with { Epochs = 15, Schedule = ScheduleKind.OneCycle },
                _ => shoes,
                seed => Draw(otherShoes, 100, seed)),
        ];
        var hasSource = File.Exists(source);
        if (hasSource)
        {
            cases.Add(new("sound: Legacy source", false, FreezeMode.Legacy, adam with { Epochs = 10 },
                seed => Draw(source, 25, seed, _pretraining),
                seed => Draw(Path.Combine(fashionMnist, "t10k-images-idx3-ubyte.gz"), 25, seed, _pretraining)));
        }
        else
        {
            Console.WriteLine(
                $"{source} is missing: the classes of the pretraining are left out (Debian: apt-get install dataset-fashion-mnist).");
        }

        var counts = new Dictionary<string, (bool IsTrap, int[] Verdicts)>();
        for (var seed = 0; seed < seeds; seed++)
        {
            foreach (var one in cases)
            {
                foreach (var (set, report) in Test(one, seed))
                {
                    var name = $"{one.Name}, {set}";
                    counts.TryAdd(name, (one.IsTrap, new int[Enum.GetValues<LearningPhaseVerdict>().Length]));
                    counts[name].Verdicts[(int)report.Verdict]++;
                    var gap = report.NormalizationGap;
                    var (training, inference) = (report.TrainingWithoutDropout.Accuracy, report.Inference.Accuracy);
                    var figures = FormattableString.Invariant($"{gap.Accuracy:+0.000;-0.000;0.000} {gap.AccuracyInterval,-16}");
                    Print($"seed {seed,3}  {name,-38} {training:0.000} {inference:0.000}  {figures}  {report.Verdict}");
                }
            }
        }

        Console.WriteLine();
        var holds = true;
        foreach (var (name, (isTrap, verdicts)) in counts)
        {
            var skewed = verdicts[(int)LearningPhaseVerdict.PhaseSkew];
            var wrong = isTrap ? seeds - skewed : skewed;
            holds &= wrong <= MostWrong * seeds;
            var all = string.Join(
                ", ", verdicts.Index().Where(pair => pair.Item > 0).Select(pair => $"{(LearningPhaseVerdict)pair.Index} {pair.Item}"));
            Print($"{name,-38} {(isTrap ? "missed" : "false alarms"),-12} {wrong} of {seeds}   ({all})");
        }

        return !hasSource ? 2 : holds ? 0 : 1;
    }

    private static (string Set, LearningPhaseReport Report)[] Test(Case one, int seed)
    {
        var data = one.Training(seed);
        using var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new ImageShape(28, 28, 3), seed: null);
        BackboneWeights.Load(network, Asset("resnet20-fashion.safetensors"));
        network.SetHead(new Head { ClassCount = data.Classes.Count, Pooling = Pooling.Flatten }, seed);
        new FreezePlan { Mode = one.Mode }.Apply(network);
        new Trainer(network, one.Options with { Seed = seed }).Fit(data, null, CancellationToken.None);
        var test = new LearningPhaseTest(network, new() { Seed = seed });
        return [("training images", test.Run(data, null)), ("unseen", test.Run(one.Unseen(seed), null))];
    }

    private static LabeledImages Draw(string path, int perClass, int seed, string[]? classes = null) =>
        LabeledImages.Import(path, new ImageDatasetOptions { Classes = classes, SamplesPerClass = perClass, Seed = seed });

    private static string Asset(string name) => Path.Combine(Repository.Root, "assets", name);

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
