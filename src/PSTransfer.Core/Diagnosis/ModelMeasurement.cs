using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using static TorchSharp.torch;

namespace PSTransfer.Core.Diagnosis;

/// <summary>How a class fares. Precision is 0 where nothing was predicted as it, recall 0 where it has no images.</summary>
public sealed record ClassMetrics(string Class, double Precision, double Recall, double F1, int Count)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Printable.Line(Class)}: precision {Precision:0.000}, recall {Recall:0.000}, F1 {F1:0.000} ({Count} images)";
}

/// <summary>A plain evaluation.</summary>
public sealed record ModelMeasurement
{
    /// <summary>The phase it was made in.</summary>
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
    /// Area under the ROC curve, 0 to 1: of the second class where there are two, else the mean over the classes, each against the rest. Null
    /// where a class has no images or all of them.
    /// </summary>
    public required double? Auc { get; init; }

    /// <summary>Expected calibration error, 0 to 1; see <see cref="Metrics.CalibrationError"/>.</summary>
    public required double CalibrationError { get; init; }

    /// <summary>Images.</summary>
    public required int Count { get; init; }

    /// <summary>Precision, recall and F1 of each class, in label order.</summary>
    public required IReadOnlyList<ClassMetrics> Classes { get; init; }

    /// <summary>Images by true class (first index) and predicted class (second index).</summary>
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>What is taken for what, the most frequent first.</summary>
    public IReadOnlyList<Confusion> LargestConfusions(int count) => MeasurementText.Largest(this, count);

    /// <summary>The classes as a screen can hold them: of many the worst.</summary>
    public string DescribeClasses() => MeasurementText.Classes(this);

    /// <summary>The confusion matrix as a screen can hold it: of many classes the largest confusions.</summary>
    public string DescribeConfusions() => MeasurementText.Confusions(this);

    /// <summary>Evaluates a model; nothing in it changes.</summary>
    /// <param name="network">A model with a head.</param>
    /// <param name="data">Images.</param>
    /// <param name="phase">Dynamic is the inference phase here, as in every framework's evaluation.</param>
    /// <param name="batchSize">Images in a batch.</param>
    /// <param name="seed">Of the shuffle and of dropout.</param>
    /// <param name="token">Checked at each batch.</param>
    /// <param name="top">Classes that may be named for <see cref="TopAccuracy"/>, at least 1.</param>
    public static ModelMeasurement Make(
        TransferNetwork network, LabeledImages data, LearningPhase phase, int batchSize, int seed, CancellationToken token, int top = Defaults.Top)
    {
        PSTransferException.Require(top >= 1, nameof(Top), $"must be at least 1, not {top}");
        using var hold = network.Use.Read("being measured");
        data = network.Bind(data);
        var objective = Objective.For(network, data);
        var (topAccuracy, auc, calibration) = (new TopAccuracy(top), new Auc(data.Classes.Count), new CalibrationError());
        var matrix = new int[data.Classes.Count][];
        for (var i = 0; i < matrix.Length; i++)
        {
            matrix[i] = new int[matrix.Length];
        }

        var training = phase == LearningPhase.Training;
        var metrics = new Evaluator(network, batchSize).Run(data, training, dropout: training, seed, onBatch: Count, token: token);
        return new ModelMeasurement
        {
            Phase = phase,
            Loss = metrics.Loss,
            Accuracy = metrics.Accuracy,
            TopAccuracy = topAccuracy.Value,
            Top = top,
            Auc = auc.Value,
            CalibrationError = calibration.Value,
            Count = metrics.Count,
            Classes = new Listed<ClassMetrics>(data.Classes.Select((name, label) => Of(matrix, name, label))), // PowerShell can't index what a collection expression makes
            ConfusionMatrix = new Listed<IReadOnlyList<int>>(matrix.Select(row => new Listed<int>(row))),
        };

        void Count(Batch batch, Tensor logits, Tensor predictions)
        {
            using var labels = batch.Labels.cpu();
            using var answers = predictions.cpu();
            foreach (var (actual, predicted) in labels.data<long>().Zip(answers.data<long>()))
            {
                matrix[actual][predicted]++;
            }

            using var onDevice = objective.Probabilities(logits);
            using var probabilities = onDevice.cpu();
            var values = probabilities.data<float>().ToArray();
            for (var i = 0; i < batch.Count; i++)
            {
                var row = values.AsSpan(i * data.Classes.Count, data.Classes.Count);
                var label = data.LabelOf(batch.Indices[i]);
                topAccuracy.Add(row, label);
                auc.Add(row, label);
                calibration.Add(row, label);
            }
        }
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
