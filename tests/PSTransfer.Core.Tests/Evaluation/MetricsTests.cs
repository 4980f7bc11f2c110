using PSTransfer.Core.Training.Loss;

namespace PSTransfer.Core.Tests.Evaluation;

public sealed class MetricsTests
{
    [Fact]
    public void TheyEqualScikitLearns()
    {
        foreach (var @case in Fixture.Read("metrics/metrics.json").EnumerateArray())
        {
            var classes = @case.GetProperty("classes").GetInt32();
            var labels = @case.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32()).ToArray();
            var probabilities = @case.GetProperty("probabilities").Floats();
            var answers = Of(labels, probabilities);
            var auc = Auc.Of(answers, classes);
            Assert.Equal(@case.GetProperty("calibration").GetDouble(), CalibrationError.Of(answers), 1e-6);
            Assert.All(
                @case.GetProperty("top").EnumerateObject(),
                top => Assert.Equal(top.Value.GetDouble(), TopAccuracy.Of(answers, int.Parse(top.Name)), 1e-12));
            if (@case.GetProperty("auc").ValueKind == JsonValueKind.Null)
            {
                Assert.Null(auc); // A class has no images.
                continue;
            }

            Assert.Equal(@case.GetProperty("auc").GetDouble(), auc!.Value, 1e-12);
            var counts = Enumerable.Range(0, classes).Select(label => labels.Count(l => l == label)).ToList();
            Assert.Equal(
                @case.GetProperty("balanced").EnumerateArray().Select(weight => weight.GetDouble()),
                ClassWeights.Balanced(counts),
                (a, b) => Math.Abs(a - b) < 1e-12);
        }
    }

    [Fact]
    public void AnAreaNeedsImagesOfTheClassAndOfOthers()
    {
        Assert.Null(Auc.Of(Of([1], [0.5f, 0.5f]), 2));
        Assert.Equal(0.5, Auc.Of(Of([1, 0], [0.5f, 0.5f, 0.5f, 0.5f]), 2));
    }

    [Fact]
    public void OfEqualProbabilitiesTheFirstIsTheMostProbable() =>
        Assert.Equal(0.5, TopAccuracy.Of(Of([0, 1], [0.4f, 0.4f, 0.2f, 0.4f, 0.4f, 0.2f]), 1));

    private static Answers Of(int[] labels, float[] probabilities) =>
        new(labels, new int[labels.Length], new float[labels.Length], probabilities, 0);
}
