using PSTransfer.Core.Tests.Diagnosis.Drift;
using SkiaSharp;

namespace PSTransfer.Core.Tests.Reports;

public sealed class TrainingReportMakerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static LabeledImages Data => Images.Make(40, contrast: 16);

    [Fact]
    public void TheTrapIsReportedWithWhatTheSingleMeasurementsGive()
    {
        using var network = BatchNormDriftTestTests.Trained();
        var before = Bits.Of(network);
        var validation = Images.Make(10, seed: 8, contrast: 16);

        var report = new TrainingReportMaker(network) { Attribution = DriftAttribution.Suffix }.Run(Data, validation, token: Token);

        Assert.Empty(Bits.Differences(before, Bits.Of(network)));
        Assert.Equal(LearningPhaseVerdict.PhaseSkew, report.LearningPhase.Verdict);
        var test = new LearningPhaseTest(network).Run(Data, validation, token: Token);
        Assert.Equal(test.Inference, report.LearningPhase.Inference);
        Assert.Equal(test.TotalGap, report.LearningPhase.TotalGap);
        Assert.Equal(new BatchNormDriftTest(network) { Attribution = DriftAttribution.Suffix }.Run(Data, token: Token), report.Drift);
        Assert.Equal(test.Validation!.Accuracy, report.Measurement.Accuracy);
        Assert.Equal(20, report.Measurement.ConfusionMatrix.Sum(row => row.Sum()));
        Assert.Equal(network.History, report.History);
        Assert.Null(report.Options);

        new BatchNormRepair(network).Run(Data, token: Token);
        Assert.Equal(new LearningPhaseTest(network).Run(Data, validation, token: Token).Inference, report.Repair!.After.Inference);
        Assert.True(report.Repair.After.PhasesAgree);
    }

    [Fact]
    public void ImagesThatChangeClassAreThoseWhoseAnswersDiffer()
    {
        using var network = BatchNormDriftTestTests.Trained();
        var training = AnswersOf(network, isTraining: true);
        var inference = AnswersOf(network, isTraining: false);
        int[] changed = [.. Enumerable.Range(0, Data.Count).Where(i => training[i] != inference[i])];

        var found = new TrainingReportMaker(network).Run(Data, validation: null, token: Token).ClassChanges;

        Assert.Equal((changed.Length, 80), (found.Count, found.Images));
        Assert.True(changed.Length > ClassChanges.MaxExamples, $"{changed.Length}");
        Assert.Equal(ClassChanges.MaxExamples, found.Examples.Count);
        Assert.Equal(ClassChanges.MaxExamples, found.Examples.Select(image => image.Index).Distinct().Count());
        Assert.All(found.Examples, image =>
        {
            Assert.Contains(image.Index, changed);
            Assert.Equal($"class{Data.LabelOf(image.Index)}", image.Class);
            Assert.Equal($"class{training[image.Index]}", image.TrainingAnswer);
            Assert.Equal($"class{inference[image.Index]}", image.InferenceAnswer);
            Assert.InRange(image.TrainingProbability, 0.5, 1);
            Assert.InRange(image.InferenceProbability, 0.5, 1);
        });
    }

    [Fact]
    public void AThumbnailShowsTheImage()
    {
        var data = Images.Make(1, size: 8);
        var pixels = new byte[8 * 8 * 3];
        data.Read(1, pixels);
        using var bitmap = SKBitmap.Decode(Thumbnail.Of(data, 1));
        Assert.Equal((8, 8), (bitmap.Width, bitmap.Height));
        for (var i = 0; i < 64; i++)
        {
            Assert.Equal(new SKColor(pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]), bitmap.GetPixel(i % 8, i / 8));
        }
    }

    [Fact]
    public void AThumbnailOfALargeImageIsSmall()
    {
        using var bitmap = SKBitmap.Decode(Thumbnail.Of(Images.Make(1, size: 200), 0));
        Assert.Equal((96, 96), (bitmap.Width, bitmap.Height));
    }

    [Fact]
    public void ASoundModelNeedsNoRepairAndNoImageChanges()
    {
        using var network = BatchNormDriftTestTests.Trained();
        new PSTransfer.Core.Models.FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
        var report = new TrainingReportMaker(network) { History = [], Options = new TrainingOptions { Epochs = 3 } }.Run(
            Data, validation: null, token: Token);
        Assert.Null(report.Repair);
        Assert.Equal(0, report.ClassChanges.Count);
        Assert.Null(report.ValidationDataset);
        Assert.Empty(report.History);
        Assert.Equal(3, report.Options!.Epochs);
        Assert.Equal(80, report.Measurement.Count);
    }

    private static int[] AnswersOf(TransferNetwork network, bool isTraining) =>
        new Evaluator(network, 32).Run(Data, isTraining, dropout: false, seed: 42, token: Token).Predicted;
}
