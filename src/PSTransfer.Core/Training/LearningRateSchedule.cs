namespace PSTransfer.Core.Training;

/// <summary>The learning rate of each step of a run.</summary>
internal static class LearningRateSchedule
{
    /// <summary>The rate of a step.</summary>
    /// <param name="kind">The schedule.</param>
    /// <param name="highest">The highest rate of the run.</param>
    /// <param name="step">From 0.</param>
    /// <param name="steps">Steps of the whole run.</param>
    public static double RateAt(ScheduleKind kind, double highest, int step, int steps)
    {
        if (kind == ScheduleKind.Constant)
        {
            return highest;
        }

        // Smith 2018 (arXiv 1708.07120), with the shares and the cosine that torch.optim.lr_scheduler.OneCycleLR defaults to.
        var first = highest / 25;
        var last = first / 1e4;
        var peak = (0.3 * steps) - 1;
        return step <= peak
            ? Cosine(first, highest, peak > 0 ? step / peak : 1)
            : Cosine(highest, last, (step - peak) / Math.Max(steps - 1 - peak, 1));
    }

    private static double Cosine(double from, double to, double share) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * share)));
}
