namespace PSTransfer.Core.Tests.Diagnosis;

public sealed class MeasurementTextTests
{
    [Theory]
    [InlineData(21)]
    [InlineData(1000)]
    public void ManyClassesAreTheWorstAndTheLargestConfusions(int count)
    {
        var measured = Of(count);

        var lines = measured.DescribeClasses().Split(Environment.NewLine);
        Assert.Equal(11, lines.Length);
        Assert.StartsWith("class7: ", lines[0], StringComparison.Ordinal); // the only one below 1
        Assert.Contains($"{count - 10} more in the property Classes", lines[^1], StringComparison.Ordinal);
        Assert.Equal(
            ["class7 taken for class3: 4 (0.400 of its images)", $"... the largest; all {count} × {count} in the property ConfusionMatrix"],
            measured.DescribeConfusions().Split(Environment.NewLine));
        Assert.Equal([new Confusion("class7", "class3", 4, 0.4)], measured.LargestConfusions(5));
    }

    [Fact]
    public void FewClassesAreAllAndTheMatrix()
    {
        var measured = Of(20);

        Assert.Equal(20, measured.DescribeClasses().Split(Environment.NewLine).Length);
        Assert.Equal(20, measured.DescribeConfusions().Split(Environment.NewLine).Length);
    }

    /// <summary>Ten images a class, all right but four of class 7, which are taken for class 3; class 5 has none.</summary>
    private static ModelMeasurement Of(int count)
    {
        var matrix = Enumerable.Range(0, count).Select(i =>
        {
            var row = new int[count];
            row[i] = i == 5 ? 0 : i == 7 ? 6 : 10;
            row[3] += i == 7 ? 4 : 0;
            return (IReadOnlyList<int>)row;
        }).ToList();
        return new ModelMeasurement
        {
            Phase = LearningPhase.Inference,
            Loss = 0,
            Accuracy = 1,
            TopAccuracy = 1,
            Top = 5,
            Auc = null,
            CalibrationError = 0,
            Count = 10 * (count - 1),
            Classes = [.. matrix.Select((row, i) =>
                new ClassMetrics($"class{i}", 1, row[i] / 10.0, i == 7 ? 0.75 : i == 5 ? 0 : 1, row.Sum()))],
            ConfusionMatrix = matrix,
        };
    }
}
