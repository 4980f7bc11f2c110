using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Training;
using Xunit;

namespace PSTransfer.Core.Tests.Diagnosis;

public sealed class LearningPhaseReportTests
{
    [Theory]
    [InlineData(0.90, 0.90, 0.90, LearningPhaseVerdict.Consistent)]
    [InlineData(0.92, 0.90, 0.90, LearningPhaseVerdict.Consistent)]   // on the tolerance
    [InlineData(0.921, 0.90, 0.90, LearningPhaseVerdict.PhaseSkew)]
    [InlineData(0.88, 0.90, 0.90, LearningPhaseVerdict.Consistent)]   // either way
    [InlineData(0.879, 0.90, 0.90, LearningPhaseVerdict.PhaseSkew)]
    [InlineData(0.90, 0.90, 0.81, LearningPhaseVerdict.Consistent)]
    [InlineData(0.90, 0.90, 0.79, LearningPhaseVerdict.Overfit)]
    [InlineData(0.90, 0.90, 0.99, LearningPhaseVerdict.Consistent)]   // better on images it hasn't seen
    [InlineData(0.95, 0.90, 0.79, LearningPhaseVerdict.Both)]
    [InlineData(0.90, 0.51, 0.50, LearningPhaseVerdict.PhaseSkew)]
    public void TheVerdictFollowsFromNormalisationAndGeneralisation(double training, double inference, double validation, LearningPhaseVerdict verdict)
    {
        Assert.Equal(verdict, Report(training, training, inference, validation).Verdict);
        Assert.Equal(verdict is LearningPhaseVerdict.Consistent or LearningPhaseVerdict.Overfit, Report(training, training, inference, validation).Consistent);
    }

    [Fact]
    public void DropoutHasAGapOfItsOwnAndDoesNotDecideTheVerdict()
    {
        var report = Report(training: 0.5, withoutDropout: 0.9, inference: 0.9, validation: null);
        Assert.Equal(-0.4, report.DropoutGap.Accuracy, 12);
        Assert.Equal(0, report.NormalizationGap.Accuracy, 12);
        Assert.Equal(LearningPhaseVerdict.Consistent, report.Verdict);
        Assert.Null(report.GeneralizationGap);
        Assert.Null(report.TotalGap);
    }

    [Fact]
    public void TheGapsAddUpToTheOneThatPeopleSee()
    {
        var report = Report(training: 0.8, withoutDropout: 0.91, inference: 0.55, validation: 0.4);
        Assert.Equal((0.36, -0.11, 0.15), (Math.Round(report.NormalizationGap.Accuracy, 12), Math.Round(report.DropoutGap.Accuracy, 12), Math.Round(report.GeneralizationGap!.Accuracy, 12)));
        Assert.Equal(0.8 - 0.4, report.TotalGap!.Accuracy, 12);
        Assert.Equal(report.Training.Loss - report.Validation!.Loss, report.TotalGap.Loss, 12);
    }

    private static LearningPhaseReport Report(double training, double withoutDropout, double inference, double? validation) => new()
    {
        Dynamic = Metrics(inference),
        Inference = Metrics(inference),
        Training = Metrics(training),
        TrainingWithoutDropout = Metrics(withoutDropout),
        Validation = validation is { } accuracy ? Metrics(accuracy) : null,
        Tolerance = 0.02,
        Explanation = "",
    };

    private static PhaseMetrics Metrics(double accuracy) => new(1 - (accuracy * accuracy), accuracy, 1000);
}
