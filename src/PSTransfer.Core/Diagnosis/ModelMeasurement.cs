using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Diagnosis;

/// <summary>
/// Precision, recall and F1 of a class. Precision is 0 where no image was taken for the class, recall is 0 where the class has no images.
/// </summary>
public sealed record ClassMetrics(string Class, double Precision, double Recall, double F1, int Count)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Printable.Line(Class)}: precision {Precision:0.000}, recall {Recall:0.000}, F1 {F1:0.000} ({Count} images)";
}

/// <summary>The figures of one evaluation.</summary>
public sealed record ModelMeasurement
{
    /// <summary>The phase of the evaluation.</summary>
    public required LearningPhase Phase { get; init; }

    /// <summary>Mean loss per image.</summary>
    public required double Loss { get; init; }

    /// <summary>Share of right answers, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Share of images whose class is among the <see cref="Top"/> most probable, 0 to 1.</summary>
    public required double TopAccuracy { get; init; }

    /// <summary>How many classes may be named for <see cref="TopAccuracy"/>.</summary>
    public required int Top { get; init; }

    /// <summary>
    /// Area under the ROC curve, 0 to 1: of the second class where there are two, else the mean over the classes, each against the rest.
    /// Null where a class has no images or all of them.
    /// </summary>
    public required double? Auc { get; init; }

    /// <summary>Expected calibration error, 0 to 1; see <see cref="Evaluation.CalibrationError"/>.</summary>
    public required double CalibrationError { get; init; }

    /// <summary>Images.</summary>
    public required int Count { get; init; }

    /// <summary>Precision, recall and F1 of each class, in label order.</summary>
    public required IReadOnlyList<ClassMetrics> Classes { get; init; }

    /// <summary>Images by true class (first index) and predicted class (second index).</summary>
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>The most frequent confusions, the most frequent first.</summary>
    public IReadOnlyList<Confusion> LargestConfusions(int count) => MeasurementText.Largest(this, count);

    /// <summary>The metrics of each class as text for a screen: of many classes, those of the worst.</summary>
    public string DescribeClasses() => MeasurementText.Classes(this);

    /// <summary>The confusion matrix as text for a screen: of many classes, the largest confusions.</summary>
    public string DescribeConfusions() => MeasurementText.Confusions(this);

    /// <summary>Evaluates a model. Nothing in the model changes.</summary>
    /// <param name="network">A model with a head.</param>
    /// <param name="data">Images.</param>
    /// <param name="phase">The phase. Dynamic is the inference phase here, as in every framework's evaluation.</param>
    /// <param name="batchSize">Images in a batch.</param>
    /// <param name="seed">Seed of the shuffle and of dropout.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <param name="top">Classes that may be named for <see cref="TopAccuracy"/>, at least 1.</param>
    public static ModelMeasurement Make(
        TransferNetwork network,
        LabeledImages data,
        LearningPhase phase,
        int batchSize,
        int seed,
        CancellationToken token,
        int top = Defaults.Top)
    {
        PSTransferException.Require(top >= 1, nameof(Top), $"must be at least 1, not {top}");
        using var hold = network.Use.Read("being measured");
        data = network.Bind(data);
        return Of(new Evaluator(network, batchSize).Run(data, phase, seed, KeptProbabilities.All, token), data.Classes, phase, top);
    }

    /// <summary>The figures of answers that have all probabilities.</summary>
    internal static ModelMeasurement Of(Answers answers, IReadOnlyList<string> classes, LearningPhase phase, int top = 5)
    {
        var metrics = answers.Metrics;
        var matrix = answers.Confusion(classes.Count);
        return new ModelMeasurement
        {
            Phase = phase,
            Loss = metrics.Loss,
            Accuracy = metrics.Accuracy,
            TopAccuracy = Evaluation.TopAccuracy.Of(answers, top),
            Top = top,
            Auc = Evaluation.Auc.Of(answers, classes.Count),
            CalibrationError = Evaluation.CalibrationError.Of(answers),
            Count = metrics.Count,
            Classes = new Listed<ClassMetrics>(classes.Select((name, label) => Of(matrix, name, label))),
            ConfusionMatrix = new Listed<IReadOnlyList<int>>(matrix.Select(row => new Listed<int>(row))),
        };
    }

    private static ClassMetrics Of(int[][] matrix, string name, int label)
    {
        double right = matrix[label][label];
        var actual = matrix[label].Sum();
        var predicted = matrix.Sum(row => row[label]);
        return new ClassMetrics(
            name,
            predicted == 0 ? 0 : right / predicted,
            actual == 0 ? 0 : right / actual,
            actual + predicted == 0 ? 0 : 2 * right / (actual + predicted),
            actual);
    }
}
