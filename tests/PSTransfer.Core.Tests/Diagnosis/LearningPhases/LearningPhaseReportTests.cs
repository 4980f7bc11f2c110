namespace PSTransfer.Core.Tests.Diagnosis.LearningPhases;

public sealed class LearningPhaseReportTests
{
    private const LearningPhaseVerdict Consistent = LearningPhaseVerdict.Consistent;
    private const LearningPhaseVerdict PhaseSkew = LearningPhaseVerdict.PhaseSkew;
    private const LearningPhaseVerdict Overfit = LearningPhaseVerdict.Overfit;
    private const LearningPhaseVerdict Both = LearningPhaseVerdict.Both;
    private const LearningPhaseVerdict Undetermined = LearningPhaseVerdict.Undetermined;

    // Each gap with half its interval's width; the limits are 0.02 and 0.1.
    [Theory]
    [InlineData(0.00, 0.00, 0.00, 0.00, Consistent)]
    [InlineData(0.02, 0.00, 0.00, 0.00, Consistent)]     // on the tolerance
    [InlineData(0.02, 0.50, 0.10, 0.50, Consistent)]     // a gap within its limit needs no certainty
    [InlineData(0.021, 0.00, 0.00, 0.00, PhaseSkew)]
    [InlineData(-0.02, 0.00, 0.00, 0.00, Consistent)]    // either way
    [InlineData(-0.021, 0.00, 0.00, 0.00, PhaseSkew)]
    [InlineData(0.05, 0.029, 0.00, 0.00, PhaseSkew)]     // wholly beyond the tolerance
    [InlineData(0.05, 0.03, 0.00, 0.00, Undetermined)]   // touches it
    [InlineData(-0.05, 0.04, 0.00, 0.00, Undetermined)]
    [InlineData(0.00, 0.00, 0.11, 0.009, Overfit)]
    [InlineData(0.00, 0.00, 0.11, 0.02, Undetermined)]
    [InlineData(0.00, 0.00, -0.30, 0.00, Consistent)]    // better on images it hasn't seen
    [InlineData(0.40, 0.10, 0.30, 0.10, Both)]
    [InlineData(0.40, 0.10, 0.15, 0.10, PhaseSkew)]      // certain that the phases disagree; the rest comes after
    [InlineData(0.05, 0.04, 0.30, 0.10, Undetermined)]
    public void TheVerdictFollowsFromTheGapsAndTheirIntervals(
        double normalization, double width, double generalization, double otherWidth, LearningPhaseVerdict verdict)
    {
        var report = Report(Gap(normalization, width), MetricGap.Zero, Gap(generalization, otherWidth));
        Assert.Equal(verdict, report.Verdict);
        Assert.Equal(Math.Abs(normalization) <= 0.02, report.PhasesAgree);
    }

    [Fact]
    public void DropoutDoesNotDecideTheVerdict()
    {
        var report = Report(MetricGap.Zero, Gap(-0.4, 0.01), null);
        Assert.Equal(Consistent, report.Verdict);
        Assert.Null(report.TotalGap);
    }

    [Fact]
    public void TheGapsAddUpToTheOneThatPeopleSee()
    {
        var report = Report(Gap(0.36, 0.1), Gap(-0.11, 0.02), Gap(0.15, 0.03));
        Assert.Equal(0.36 + -0.11 + 0.15, report.TotalGap!.Accuracy);
        Assert.Equal(report.NormalizationGap.Loss + report.DropoutGap.Loss + report.GeneralizationGap!.Loss, report.TotalGap.Loss);
    }

    [Fact]
    public void AGapShowsItsInterval() =>
        Assert.Equal("accuracy +0.360 [+0.260, +0.460], loss -0.7200", Gap(0.36, 0.1).ToString());

    private static LearningPhaseReport Report(MetricGap normalization, MetricGap dropout, MetricGap? generalization) => new()
    {
        Dynamic = new PhaseMetrics(1, 0.5, 100),
        Inference = new PhaseMetrics(1, 0.5, 100),
        Training = new PhaseMetrics(1, 0.5, 100),
        TrainingWithoutDropout = new PhaseMetrics(1, 0.5, 100),
        Shuffles = 1,
        Tolerance = 0.02,
        NormalizationGap = normalization,
        DropoutGap = dropout,
        GeneralizationGap = generalization,
        Cause = "",
        Remedy = "",
    };

    private static MetricGap Gap(double accuracy, double halfWidth) =>
        new(accuracy, -2 * accuracy, new ConfidenceInterval(accuracy - halfWidth, accuracy + halfWidth), default);
}
