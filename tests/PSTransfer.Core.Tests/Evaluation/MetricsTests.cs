using System.Text.Json;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Tests.Models;
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
            var (auc, calibration) = (new Auc(classes), new CalibrationError());
            var tops = @case.GetProperty("top").EnumerateObject().Select(top => (Metric: new TopAccuracy(int.Parse(top.Name)), Expected: top.Value.GetDouble())).ToList();
            for (var i = 0; i < labels.Length; i++)
            {
                var row = probabilities.AsSpan(i * classes, classes);
                auc.Add(row, labels[i]);
                calibration.Add(row, labels[i]);
                foreach (var (metric, _) in tops)
                {
                    metric.Add(row, labels[i]);
                }
            }

            Assert.Equal(@case.GetProperty("calibration").GetDouble(), calibration.Value, 1e-6);
            Assert.All(tops, top => Assert.Equal(top.Expected, top.Metric.Value, 1e-12));
            if (@case.GetProperty("auc").ValueKind == JsonValueKind.Null)
            {
                Assert.Null(auc.Value); // A class has no images.
                continue;
            }

            Assert.Equal(@case.GetProperty("auc").GetDouble(), auc.Value!.Value, 1e-12);
            var counts = Enumerable.Range(0, classes).Select(label => labels.Count(l => l == label)).ToList();
            Assert.Equal(@case.GetProperty("balanced").EnumerateArray().Select(weight => weight.GetDouble()), ClassWeights.Balanced(counts), (a, b) => Math.Abs(a - b) < 1e-12);
        }
    }

    [Fact]
    public void AnAreaNeedsImagesOfTheClassAndOfOthers()
    {
        var auc = new Auc(2);
        auc.Add([0.5f, 0.5f], 1);
        Assert.Null(auc.Value);
        auc.Add([0.5f, 0.5f], 0);
        Assert.Equal(0.5, auc.Value);
    }

    [Fact]
    public void OfEqualProbabilitiesTheFirstIsTheMostProbable()
    {
        var first = new TopAccuracy(1);
        first.Add([0.4f, 0.4f, 0.2f], 0);
        first.Add([0.4f, 0.4f, 0.2f], 1);
        Assert.Equal(0.5, first.Value);
    }
}
