namespace PSTransfer.Core.Tests.Diagnosis;

public sealed class ModelMeasurementTests
{
    /// <summary>
    /// A model that answers with the brightest colour channel, on images of one colour. Of class a 3 are right and 1 taken for b; of b 1 is
    /// right and 2 are taken for a; of c there are none, and none is taken for it.
    /// </summary>
    [Fact]
    public void PrecisionRecallAndF1ByHand()
    {
        using var network = ByColour();
        var images = Colours("aaab aab", labels: [0, 0, 0, 0, 1, 1, 1]);

        var result = ModelMeasurement.Make(
            network, images, LearningPhase.Inference, batchSize: 3, seed: 1, TestContext.Current.CancellationToken, top: 2);

        Assert.Equal((7, 4.0 / 7), (result.Count, result.Accuracy));
        Assert.Equal([[3, 1, 0], [2, 1, 0], [0, 0, 0]], result.ConfusionMatrix);
        Assert.Equal(new ClassMetrics("a", 3.0 / 5, 3.0 / 4, 6.0 / 9, 4), result.Classes[0]);
        Assert.Equal(new ClassMetrics("b", 1.0 / 2, 1.0 / 3, 2.0 / 5, 3), result.Classes[1]);
        Assert.Equal(new ClassMetrics("c", 0, 0, 0, 0), result.Classes[2]);

        // Logits are 1 for the channel that is lit and 0 for the others.
        var right = -Math.Log(Math.E / (Math.E + 2));
        var wrong = -Math.Log(1 / (Math.E + 2));
        Assert.Equal(((4 * right) + (3 * wrong)) / 7, result.Loss, 6);

        // All images have the same probability; of the channels that aren't lit the first comes second; c has no images.
        Assert.Equal((2, 1.0), (result.Top, result.TopAccuracy));
        Assert.Equal((Math.E / (Math.E + 2)) - (4.0 / 7), result.CalibrationError, 6);
        Assert.Null(result.Auc);
    }

    /// <summary>Each image lights one pixel of its own, whose weights are the logarithms of its probabilities.</summary>
    [Fact]
    public void LossConfusionPrecisionRecallAndF1EqualScikitLearns()
    {
        const int Side = 15;
        foreach (var @case in Fixture.Read("metrics/metrics.json").EnumerateArray())
        {
            var classes = @case.GetProperty("classes").GetInt32();
            var labels = @case.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32()).ToArray();
            using var network = Linear(new ImageShape(Side, Side, 3), new Head { ClassCount = classes, Pooling = Pooling.Flatten });
            using var logits = torch.tensor(@case.GetProperty("probabilities").Floats()).log().reshape(labels.Length, classes);
            using (torch.no_grad())
            {
                var weight = network.HeadGraph!.Layers.OfType<Dense>().Single().Parameters[0].Value;
                weight.zero_();
                weight.narrow(1, 0, labels.Length).copy_(logits.t());
            }

            var pixels = labels
                .Select((_, image) => Enumerable.Range(0, Side * Side * 3).Select(i => (byte)(i == 3 * image ? 255 : 0)).ToArray())
                .ToArray();
            var data = LabeledImages.FromMemory(
                "lights",
                new SampleChoice([.. Enumerable.Range(0, classes).Select(i => $"{i}")], [.. Enumerable.Range(0, labels.Length)], labels),
                network.InputShape, pixels, new ImageDatasetOptions(), []);

            var result = ModelMeasurement.Make(
                network, data, LearningPhase.Inference, batchSize: 32, seed: 1, TestContext.Current.CancellationToken);

            Assert.Equal(@case.GetProperty("logLoss").GetDouble(), result.Loss, 1e-5);
            Assert.Equal(
                @case.GetProperty("confusion").EnumerateArray().Select(row => row.EnumerateArray().Select(count => count.GetInt32())),
                result.ConfusionMatrix);
            AssertClose("precision", result.Classes.Select(one => one.Precision));
            AssertClose("recall", result.Classes.Select(one => one.Recall));
            AssertClose("f1", result.Classes.Select(one => one.F1));
            Assert.Equal(
                Enumerable.Range(0, classes).Select(label => labels.Count(l => l == label)), result.Classes.Select(one => one.Count));

            void AssertClose(string name, IEnumerable<double> found) =>
                Assert.Equal(
                    @case.GetProperty(name).EnumerateArray().Select(value => value.GetDouble()), found, (a, b) => Math.Abs(a - b) < 1e-12);
        }
    }

    [Theory]
    [InlineData(LearningPhase.Inference, false)]
    [InlineData(LearningPhase.Dynamic, false)]
    [InlineData(LearningPhase.Training, true)]
    public void DynamicIsInferenceInEvaluation(LearningPhase phase, bool byBatch)
    {
        using var network = SmallNetwork.Create(classes: 2, preprocessing: Preprocessing.Rescale);
        new FreezePlan { Mode = FreezeMode.Legacy }.Apply(network);
        var images = Training.Images.Make(20);
        var inference = Make(LearningPhase.Inference);

        var result = Make(phase);

        Assert.Equal(phase, result.Phase);
        Assert.Equal(byBatch, result.Loss != inference.Loss);

        ModelMeasurement Make(LearningPhase asked) =>
            ModelMeasurement.Make(network, images, asked, 8, 1, TestContext.Current.CancellationToken);
    }

    private static TransferNetwork ByColour()
    {
        var network = Linear(new ImageShape(2, 2, 3), new Head { ClassCount = 3 });
        using var _ = torch.no_grad();
        using var identity = torch.eye(3);
        network.HeadGraph!.Layers.OfType<Dense>().Single().Parameters[0].Value.copy_(identity);
        return network;
    }

    /// <summary>A head on pixels from 0 to 1.</summary>
    private static TransferNetwork Linear(ImageShape shape, Head head)
    {
        var spec = new BackboneSpec
        {
            Name = "colours",
            Family = BackboneFamily.Torch,
            DefaultImageSize = 2,
            MinimumImageSize = 1,
            Preprocessing = Preprocessing.Rescale,
            Reference = "none",
            Layout = g => { g.Relu("relu", GraphBuilder.Input); return null; },
        };
        var network = TransferNetwork.Create(spec, shape, seed: null);
        network.SetHead(head, seed: 1);
        return network;
    }

    /// <summary>Images lit in one channel each: a is red, b green, c blue.</summary>
    private static LabeledImages Colours(string lit, int[] labels)
    {
        var images = lit
            .Where(char.IsLetter)
            .Select(letter => Enumerable.Range(0, 12).Select(i => (byte)(i % 3 == letter - 'a' ? 255 : 0)).ToArray())
            .ToArray();
        return LabeledImages.FromMemory(
            "colours", new SampleChoice(["a", "b", "c"], [.. Enumerable.Range(0, labels.Length)], labels), new ImageShape(2, 2, 3), images,
            new ImageDatasetOptions(), []);
    }
}
