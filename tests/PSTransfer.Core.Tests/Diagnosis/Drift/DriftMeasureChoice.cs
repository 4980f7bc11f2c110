namespace PSTransfer.Core.Tests.Diagnosis.Drift;

/// <summary>
/// Why Drift is the measure that it is: over the layers of the bundled example, trained under Legacy, each candidate's rank correlation
/// with the accuracy that returns when the layer is swapped. docs/diagnosis.md has the table and the command.
/// </summary>
public sealed class DriftMeasureChoice
{
    private static readonly (string Name, Func<MovingStatistics, ChannelStatistics, double, double> Of)[] Measures =
    [
        ("symmetric KL", DriftMeasure.Drift),
        ("Wasserstein-2", Wasserstein),
        ("mean shift", DriftMeasure.MeanShift),
        ("|log variance ratio|", (stored, actual, epsilon) => Math.Abs(Math.Log(DriftMeasure.VarianceRatio(stored, actual, epsilon)))),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public void Table()
    {
        var output = TestContext.Current.TestOutputHelper!;
        var shoes = LabeledImages.Import(Asset("fashion-shoes/train-images-idx3-ubyte.gz"), new ImageDatasetOptions(), Token);
        var all = new List<double[]>();
        output.WriteLine(
            $"| seed | accuracy, nothing swapped | one layer swapped: best | {string.Join(" | ", Measures.Select(m => m.Name))} |");
        for (var seed = 0; seed < 10; seed++)
        {
            using var network = Trapped(shoes, seed);
            var statistics = new ActivationStatistics(network, shoes, BatchNormDriftTestTests.Order(shoes.Count), 32);
            var actual = statistics.OnePass(null, Token);
            var rows = new BatchNormDriftTest(network) { Attribution = DriftAttribution.Layer }.Run(shoes, token: Token);
            var accuracy = rows.Select(row => row.AccuracyIfSwapped!.Value).ToArray();
            var correlations = Measures.Select(measure => RankCorrelation(
                [.. statistics.Layers.Zip(actual, (layer, found) => measure.Of(layer.ReadStatistics(), found, layer.Epsilon))], accuracy))
                    .ToArray();
            all.Add(correlations);
            var before =
                new Evaluator(network, 32).Run(shoes, isTraining: false, dropout: false, seed: null, token: Token).Metrics.Accuracy;
            output.WriteLine(
                FormattableString.Invariant(
                    $"| {seed} | {before:0.000} | {accuracy.Max():0.000} ({rows[Array.IndexOf(accuracy, accuracy.Max())].Name}) | {string.Join(" | ", correlations.Select(c => FormattableString.Invariant($"{c:0.00}")))} |"));
        }

        output.WriteLine(
            $"| mean | | | {string.Join(" | ", Measures.Select((_, i) => FormattableString.Invariant($"{all.Average(row => row[i]):0.00}")))} |");
        Assert.Equal(0, Measures.Select((_, i) => all.Average(row => row[i])).Index().MaxBy(pair => pair.Item).Index);
    }

    /// <summary>In units of the stored deviation: √(shift² + (a / s − 1)²) (Givens and Shortt 1984), mean over the channels.</summary>
    private static double Wasserstein(MovingStatistics stored, ChannelStatistics actual, double epsilon) =>
        DriftMeasure.Channels(stored, actual, epsilon)
            .Average(channel => Math.Sqrt((channel.Shift * channel.Shift) + Math.Pow(Math.Sqrt(channel.Ratio) - 1, 2)));

    /// <summary>examples/frozen-batchnorm.ps1's model under Legacy.</summary>
    private static TransferNetwork Trapped(LabeledImages shoes, int seed)
    {
        var network = TransferNetwork.Create(BackboneCatalogue.Find("resnet20"), new(28, 28, 3), seed: null);
        BackboneWeights.Load(network, Asset("resnet20-fashion.safetensors"), WeightFormat.Auto);
        network.SetHead(new Head { ClassCount = 2, Pooling = Pooling.Flatten }, seed);
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);
        new Trainer(network, new TrainingOptions { Epochs = 10, Optimizer = OptimizerKind.Adam, Seed = seed }).Fit(shoes, shoes, Token);
        return network;
    }

    /// <summary>Spearman's: Pearson's of the ranks, equal values sharing their mean rank.</summary>
    private static double RankCorrelation(double[] a, double[] b)
    {
        var (x, y) = (Ranks(a), Ranks(b));
        var (meanX, meanY) = (x.Average(), y.Average());
        return x
            .Zip(y, (p, q) => (p - meanX) * (q - meanY))
            .Sum() / Math.Sqrt(x.Sum(p => Math.Pow(p - meanX, 2)) * y.Sum(q => Math.Pow(q - meanY, 2)));

        static double[] Ranks(double[] values) =>
            Array.ConvertAll(values, v => values.Count(other => other < v) + (values.Count(other => other == v) / 2.0));
    }

    private static string Asset(string name) => Path.Combine(Repository.Root, "assets", name);
}
