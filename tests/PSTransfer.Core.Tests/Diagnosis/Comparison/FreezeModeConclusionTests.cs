using PSTransfer.Core.Diagnosis.Comparison;
using static PSTransfer.Core.Tests.Diagnosis.Comparison.FreezeModeRows;

namespace PSTransfer.Core.Tests.Diagnosis.Comparison;

public sealed class FreezeModeConclusionTests
{
    [Fact]
    public void ALeadBeyondTheIntervalsIsSaidWithTheTrapAndWhatRepairReturns()
    {
        // Halves of the intervals: 0.013 and 0.025.
        FreezeModeRow[] rows =
        [
            Row(FreezeMode.Legacy, FreezeModeRepair.None, 0.5, 0.001, training: 0.95, inference: 0.6, verdict: LearningPhaseVerdict.Both),
            Row(FreezeMode.Legacy, FreezeModeRepair.Precise, 0.9, 0.001, training: 0.95, inference: 0.94),
            Row(FreezeMode.Inference, FreezeModeRepair.None, 0.85, 0.002),
        ];

        Assert.Equal(
            "Legacy with Precise has the best accuracy on the validation images in the inference phase: 0.900 ± 0.013 over 2 seeds, "
            + "beyond the 95 % intervals of all others (Inference is next with 0.850 ± 0.025). "
            + "The phases disagree on the same images under Legacy (0.950 in the training phase, 0.600 in inference; Precise gives 0.940).",
            FreezeModeConclusion.Of(rows));
    }

    [Fact]
    public void ALeadWithinThemNamesWhomItDoesNotBeat()
    {
        FreezeModeRow[] rows =
        [
            Row(FreezeMode.Inference, FreezeModeRepair.None, 0.85, 0.002),
            Row(FreezeMode.None, FreezeModeRepair.None, 0.86, 0.002),
            Row(FreezeMode.Statistics, FreezeModeRepair.None, 0.84, 0.002),
            Row(FreezeMode.LiveBatchNorm, FreezeModeRepair.None, 0.5, 0.002),
        ];

        Assert.Equal(
            "None has the best accuracy on the validation images in the inference phase: 0.860 ± 0.025 over 2 seeds, but the 95 % "
            + "intervals don't set it apart from Inference (0.850 ± 0.025) and Statistics (0.840 ± 0.025). "
            + "No mode is trapped: in none do the phases disagree on the same images for certain.",
            FreezeModeConclusion.Of(rows));
    }

    [Fact]
    public void AmongManyThreeAreNamed()
    {
        FreezeModeRow[] rows = [.. Enum.GetValues<FreezeMode>()
            .Select((mode, i) => Row(mode, FreezeModeRepair.None, 0.86 - (0.001 * i), 0.002))];

        Assert.Contains(
            "don't set it apart from Inference (0.859 ± 0.025), Legacy (0.858 ± 0.025), Drifting (0.857 ± 0.025) and 2 more.",
            FreezeModeConclusion.Of(rows));
        Assert.Contains(
            "apart from Inference (0.859 ± 0.025), Legacy (0.858 ± 0.025), Drifting (0.857 ± 0.025) and LiveBatchNorm (0.856 ± 0.025).",
            FreezeModeConclusion.Of(rows[..5]));
    }

    [Fact]
    public void OneRunEachDoesNotTellALeadFromChance()
    {
        FreezeModeRow[] rows = [new([Run(inference: 0.6)]), new([Run(FreezeMode.Drifting, inference: 0.7)])];

        Assert.Equal(
            "Drifting has the best accuracy on the training images in the inference phase: 0.700, then Legacy with 0.600; one run each "
            + "doesn't tell a lead from chance (-Repeat 5 would). "
            + "The phases disagree on the same images under Legacy (0.900 in the training phase, 0.600 in inference) and Drifting "
            + "(0.900 in the training phase, 0.700 in inference).",
            FreezeModeConclusion.Of(rows));
    }

    [Fact]
    public void OneRowIsNoComparison() => Assert.Equal(
        "Legacy with Mixed has an accuracy of 0.850 ± 0.025 on the validation images in the inference phase over 2 seeds.",
        FreezeModeConclusion.Of([Row(FreezeMode.Legacy, FreezeModeRepair.Mixed, 0.85, 0.002)]));

    [Fact]
    public void OfNoRowsThereIsNothingToSay() => Assert.Empty(FreezeModeConclusion.Of([]));
}
