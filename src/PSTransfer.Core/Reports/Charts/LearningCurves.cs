using OxyPlot.Axes;
using PSTransfer.Core.Models;

namespace PSTransfer.Core.Reports.Charts;

/// <summary>Draws loss or accuracy by epoch.</summary>
internal static class LearningCurves
{
    public static Drawing Loss(IReadOnlyList<EpochRecord> history) =>
        Draw(history, "loss", epoch => epoch.Loss, epoch => epoch.ValidationLoss);

    public static Drawing Accuracy(IReadOnlyList<EpochRecord> history) =>
        Draw(history, "accuracy", epoch => epoch.Accuracy, epoch => epoch.ValidationAccuracy);

    private static Drawing Draw(
        IReadOnlyList<EpochRecord> history, string title, Func<EpochRecord, double> training, Func<EpochRecord, double?> validation)
    {
        var model = ChartStyle.NewModel();
        model.Axes.Add(ChartStyle.Ordinals("epoch", history.Count));
        var values = ChartStyle.Numbers(AxisPosition.Left, title);
        (values.MinimumPadding, values.MaximumPadding, values.MinimumRange) = (0.06, 0.06, 0.02);
        model.Axes.Add(values);

        // Epochs are counted again from 1, since consecutive runs each begin at epoch 1.
        model.Series.Add(ChartStyle.Line("training phase", Palette.Series[0], history.Select((epoch, i) => (i + 1.0, training(epoch)))));
        if (history.Any(epoch => validation(epoch) is not null))
        {
            model.Series.Add(
                ChartStyle.Line(
                    "validation, inference phase",
                    Palette.Series[1],
                    history.Select((epoch, i) => (i + 1.0, validation(epoch) ?? double.NaN))));
        }

        return new Drawing(model, 280);
    }
}
