using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.Drift;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Reports.Charts;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Reports;

/// <summary>Lays out a training report: its contents and their order.</summary>
internal static class TrainingPage
{
    private const int MaxLayers = 10;
    private const int MaxClasses = 25;
    private const int MaxConfusions = 20;

    /// <summary>Makes the page of a report.</summary>
    public static Page Of(TrainingReport report)
    {
        var sections = new List<PageSection?>
        {
            new(null, [Story(report)]),
            new("The gap and its parts", Gap(report.LearningPhase)),
            new("The same weights in each phase", [Phases(report.LearningPhase)]),
            Curves(report.History),
            Drift(report),
            new("Which class is taken for which", [Confusion(report)]),
            new("Images that change class between the phases", Changes(report)),
            report.Repair is null
                ? null
                : new("What Repair-BatchNorm would bring", Repair(report.LearningPhase, report.Repair, report.Model)),
            new("To run it again", Settings(report)),
        };
        return new Page(
            $"Training report: {Plain.Name(report.Model.Name)}",
            $"{Plain.Name(report.Dataset.Name)}, {Plain.Count(report.Dataset.Count)} images of "
            + $"{report.Dataset.Classes.Count} classes"
                + (report.ValidationDataset is { } validation
                    ? $"; validation: {Plain.Name(validation.Name)}, {Plain.Count(validation.Count)} images"
                    : string.Empty),
            [.. sections.OfType<PageSection>()],
            $"Measured {report.Measured:yyyy-MM-dd HH:mm zzz} by PSTransfer {report.Versions.PSTransfer}, from passes "
            + "through the model as it was then.");
    }

    private static Story Story(TrainingReport report)
    {
        var test = report.LearningPhase;
        var facts = new List<Fact>
        {
            new("Training phase", Plain.Share(test.TrainingWithoutDropout.Accuracy), "accuracy, training images"),
            new("Inference phase", Plain.Share(test.Inference.Accuracy), "accuracy, the same images"),
        };
        if (test.Validation is { } validation)
        {
            facts.Add(new("Validation", Plain.Share(validation.Accuracy), "accuracy, inference phase"));
        }

        facts.Add(
            new(
                "Change class",
                Plain.Count(report.ClassChanges.Count),
                $"of {Plain.Count(report.ClassChanges.Images)} images, between the phases"));
        if (report.Repair is { } repair)
        {
            facts.Add(new("After a repair", Plain.Share(repair.After.Inference.Accuracy), "accuracy, inference phase"));
        }

        return new Story(
            test.Verdict switch
            {
                LearningPhaseVerdict.Consistent => Judgement.Good,
                LearningPhaseVerdict.Undetermined => Judgement.Unsure,
                _ => Judgement.Bad,
            },
            test.Verdict.ToString(),
            test.Cause,
            test.Remedy,
            facts);
    }

    private static IReadOnlyList<Block> Gap(LearningPhaseReport test)
    {
        var rows = new List<IReadOnlyList<string>>
        {
            Row("Normalisation", test.NormalizationGap),
            Row("Dropout", test.DropoutGap),
        };
        if (test.GeneralizationGap is { } generalization)
        {
            rows.Add(Row("Generalisation", generalization));
            rows.Add(Row("Total", test.TotalGap!));
        }

        var sum = test.TotalGap is { } total
            ? $"{Plain.Gap(test.NormalizationGap.Accuracy)} normalisation, {Plain.Gap(test.DropoutGap.Accuracy)} dropout and "
            + $"{Plain.Gap(test.GeneralizationGap!.Accuracy)} generalisation add up to {Plain.Gap(total.Accuracy)}"
            : $"{Plain.Gap(test.NormalizationGap.Accuracy)} normalisation and {Plain.Gap(test.DropoutGap.Accuracy)} dropout";
        return
        [
            new Paragraph(
                "Normalisation is what BatchNorm does: the training phase minus the inference phase on the same images, dropout off. "
                + "Dropout is the training phase with it minus the training phase without. "
                + (test.GeneralizationGap is null
                    ? "Without validation images there is no generalisation gap to tell from these two."
                    : "Generalisation is training images minus validation images, both in the inference phase. "
                    + "The total is what people see and call overfitting.")),
            new Chart(
                "gap",
                "Gap of accuracy",
                "Parts below zero lie left of the line, parts above right of it; together they are the total.",
                $"Bar chart of the gap of accuracy: {sum}.",
                GapChart.Draw(test)),
            new Table(
                "Gaps with their 95 % confidence intervals",
                [new("Part", false), new("Accuracy"), new("95 % interval"), new("Loss"), new("95 % interval")],
                rows),
        ];

        static IReadOnlyList<string> Row(string part, MetricGap gap) =>
        [
            part,
            Plain.Gap(gap.Accuracy),
            $"{Plain.Gap(gap.AccuracyInterval.Lower)} to {Plain.Gap(gap.AccuracyInterval.Upper)}",
            Plain.LossGap(gap.Loss),
            $"{Plain.LossGap(gap.LossInterval.Lower)} to {Plain.LossGap(gap.LossInterval.Upper)}",
        ];
    }

    private static Table Phases(LearningPhaseReport test)
    {
        var rows = new List<IReadOnlyList<string>>
        {
            Row("Dynamic", "training", test.Dynamic, "what a framework picks by itself in evaluation"),
            Row("Inference (0)", "training", test.Inference, "moving statistics, no dropout"),
            Row("Training (1)", "training", test.Training, "as in a step of training, dropout included"),
            Row("Training (1), dropout off", "training", test.TrainingWithoutDropout, "differs from inference by BatchNorm alone"),
        };
        if (test.Validation is { } validation)
        {
            rows.Add(Row("Inference (0)", "validation", validation, "images it wasn't trained on"));
        }

        return new Table(
            $"Loss and accuracy by phase; the training phase is the mean over {test.Shuffles} "
            + $"{(test.Shuffles == 1 ? "order" : "orders")} of the images",
            [new("Phase", false), new("Images", false), new("Count"), new("Loss"), new("Accuracy"), new("What it is", false)],
            rows);

        static IReadOnlyList<string> Row(string phase, string images, PhaseMetrics metrics, string what) =>
            [phase, images, Plain.Count(metrics.Count), Plain.Number(metrics.Loss), Plain.Share(metrics.Accuracy), what];
    }

    private static PageSection Curves(IReadOnlyList<EpochRecord> history)
    {
        const string Title = "Learning curves";
        if (history.Count == 0)
        {
            return new PageSection(Title, [new Paragraph("The model has not been trained yet.")]);
        }

        var last = history[^1];
        var validated = history.Any(epoch => epoch.ValidationLoss is not null);
        return new PageSection(Title,
        [
            new Paragraph(
                "Training phase: the running mean over an epoch's images, each at the weights of its step, as Keras prints it. "
                + (validated
                    ? "Validation: other images, in the inference phase, at the weights after the epoch. "
                    + "So the curves differ in phase, in images and in weights at once; "
                    + "the table above changes one of these at a time."
                    : "There were no validation images during training, so there is no curve in the inference phase.")),
            new Chart(
                "loss", "Loss by epoch", "Lower is better.",
                Describe("loss", Plain.Number(last.Loss), last.ValidationLoss is { } loss ? Plain.Number(loss) : null),
                LearningCurves.Loss(history)),
            new Chart(
                "accuracy", "Accuracy by epoch", "Higher is better.",
                Describe("accuracy", Plain.Share(last.Accuracy), last.ValidationAccuracy is { } accuracy ? Plain.Share(accuracy) : null),
                LearningCurves.Accuracy(history)),
        ]);

        string Describe(string what, string training, string? validation) =>
            $"Line chart of the {what} over {history.Count} epochs: {training} in the last epoch of training"
            + (validation is null ? "." : $", {validation} on validation images.");
    }

    private static PageSection Drift(TrainingReport report)
    {
        const string Title = "Drift of BatchNorm by depth";
        var rows = report.Drift;
        if (rows.Count == 0)
        {
            return new PageSection(
                "BatchNorm",
                [
                    new Paragraph(
                        $"{report.Model.Backbone} has no BatchNorm layer: there are no statistics that could drift or be repaired.")]);
        }

        var attributed = report.Attribution != DriftAttribution.None;
        var worst = rows.OrderByDescending(row => row.Drift).Take(MaxLayers).ToList();
        var blocks = new List<Block>
        {
            new Paragraph(
                "How far what a layer stores is from what enters it in the inference phase, over the training images: "
                + "the mean over its channels of the symmetric Kullback-Leibler divergence between the two Gaussians. "
                + "0 means that nothing drifted."
                + (attributed
                    ? " Beside it, the accuracy in the inference phase with the training images' statistics in "
                    + $"{Swapped(report.Attribution)}."
                    : " Measure-BatchNormDrift -Attribution tells what each layer costs in accuracy.")),
            new Chart(
                "drift", "Drift by depth", "A bar per BatchNorm layer, the first at the left.",
                $"Bar chart of the drift of {rows.Count} BatchNorm layers; "
                + $"the largest is {Plain.Number(worst[0].Drift)} in {worst[0].Name}.",
                DriftCharts.Drift(rows)),
        };
        if (attributed)
        {
            var best = rows.MaxBy(row => row.AccuracyIfSwapped)!;
            blocks.Add(new Chart(
                "attribution", "Accuracy if swapped", $"With the training images' statistics in {Swapped(report.Attribution)}.",
                "Line chart of the accuracy if statistics were swapped: "
                + $"up to {Plain.Share(best.AccuracyIfSwapped ?? double.NaN)} at {best.Name}, "
                + $"{Plain.Share(report.LearningPhase.Inference.Accuracy)} as it is.",
                DriftCharts.Attribution(rows, report.LearningPhase.Inference.Accuracy)));
        }

        blocks.Add(new Table(
            worst.Count < rows.Count
                ? $"The {worst.Count} of {rows.Count} layers that drifted most"
                : "All layers, the one that drifted most first",
            [
                new("Layer", false),
                new("Depth"),
                new("Channels"),
                new("Mean shift"),
                new("Variance ratio"),
                new("Drift"),
                .. attributed ? [new Column("Accuracy if swapped")] : Array.Empty<Column>()],
            [.. worst.Select(row => (IReadOnlyList<string>)
            [
                row.Name,
                Plain.Count(row.Depth),
                Plain.Count(row.Channels),
                Plain.Share(row.MeanShift),
                Plain.Share(row.VarianceRatio),
                Plain.Number(row.Drift),
                .. row.AccuracyIfSwapped is { } accuracy ? [Plain.Share(accuracy)] : Array.Empty<string>(),
            ])]));
        return new PageSection(Title, blocks);
    }

    private static string Swapped(DriftAttribution attribution) => attribution switch
    {
        DriftAttribution.Layer => "this layer alone",
        DriftAttribution.Prefix => "this layer and all before it",
        _ => "this layer and all after it",
    };

    private static Block Confusion(TrainingReport report)
    {
        var measurement = report.Measurement;
        var names = measurement.Classes.Select(row => Plain.Name(row.Class)).ToList();
        var on = $"{(report.ValidationDataset is null ? "training" : "validation")} images, inference phase; "
            + $"accuracy {Plain.Share(measurement.Accuracy)} over {Plain.Count(measurement.Count)} images";
        if (names.Count <= MaxClasses)
        {
            return new Matrix($"Confusion matrix: {on}", "True class", "Taken for", names, measurement.ConfusionMatrix);
        }

        var confusions = measurement.ConfusionMatrix
            .SelectMany((row, actual) => row.Select((count, predicted) => (Actual: actual, Predicted: predicted, Count: count)))
            .Where(cell => cell.Actual != cell.Predicted && cell.Count > 0)
            .OrderByDescending(cell => cell.Count)
            .Take(MaxConfusions);
        return new Table(
            $"The {MaxConfusions} most frequent confusions of {names.Count} classes: {on}",
            [new("True class", false), new("Taken for", false), new("Images")],
            [.. confusions.Select(cell => (IReadOnlyList<string>)[names[cell.Actual], names[cell.Predicted], Plain.Count(cell.Count)])]);
    }

    private static IReadOnlyList<Block> Changes(TrainingReport report)
    {
        var changes = report.ClassChanges;
        if (changes.Count == 0)
        {
            return [
                new Paragraph(
                    $"None of the {Plain.Count(changes.Images)} training images is taken for another class in the training "
                    + "phase (dropout off) than in the inference phase.")];
        }

        return
        [
            new Paragraph(
                $"{Plain.Count(changes.Count)} of {Plain.Count(changes.Images)} training images are taken for one class "
                + "in the training phase and for another in the inference phase, by the same weights. "
                + $"The training phase ran without dropout, in batches of {report.Measuring.BatchSize} in the order of "
                + $"seed {report.Measuring.Seed}: in other company an image may fare otherwise."),
            new Gallery(
                changes.Examples.Count < changes.Count
                    ? $"{changes.Examples.Count} of these {Plain.Count(changes.Count)}, evenly spread over the set"
                    : "All of them",
                [.. changes.Examples.Select(image => new Picture(
                    image.Thumbnail,
                    image.Path is null ? $"Image {image.Index}" : Plain.Name(Path.GetFileName(image.Path)),
                    [
                        ("True class", Plain.Name(image.Class)),
                        ("Training phase", $"{Plain.Name(image.TrainingAnswer)} ({Plain.Share(image.TrainingProbability)})"),
                        ("Inference phase", $"{Plain.Name(image.InferenceAnswer)} ({Plain.Share(image.InferenceProbability)})"),
                    ]))]),
        ];
    }

    private static IReadOnlyList<Block> Repair(LearningPhaseReport before, RepairOutcome repair, ModelSummary model)
    {
        var rows = new List<IReadOnlyList<string>>
        {
            new[]
            {
                "Training images, inference phase",
                Plain.Share(before.Inference.Accuracy),
                Plain.Share(repair.After.Inference.Accuracy),
            },
        };
        if (before.Validation is { } validation)
        {
            rows.Add(
                ["Validation images, inference phase", Plain.Share(validation.Accuracy), Plain.Share(repair.After.Validation!.Accuracy)]);
        }

        rows.Add(["Normalisation gap", Plain.Gap(before.NormalizationGap.Accuracy), Plain.Gap(repair.After.NormalizationGap.Accuracy)]);
        rows.Add(["Verdict", before.Verdict.ToString(), repair.After.Verdict.ToString()]);
        return
        [
            new Paragraph(
                $"Found on a copy: {repair.Layers} of {model.BatchNormCount} BatchNorm layers take on the statistics of the "
                + $"{Plain.Count(repair.Images)} training images, one after the other. "
                + "Weights stay as they are, to the bit, and nothing is trained."),
            new Table("Accuracy before and after", [new("What", false), new("As it is"), new("Repaired")], rows),
            new Code("$model | Repair-BatchNorm -Dataset $training"),
        ];
    }

    private static IReadOnlyList<Block> Settings(TrainingReport report)
    {
        var model = report.Model;
        var rows = new List<IReadOnlyList<string>>
        {
            new[]
            {
                "Backbone",
                $"{model.Backbone}, input {string.Join(" × ", model.InputShape)}, {model.BatchNormCount} BatchNorm layers",
            },
            new[] { "Head", RerunScript.Describe(model.Head) },
            new[] { "Freeze mode", model.FreezeMode },
            new[] { "Parameters", $"{Plain.Count(model.TotalParameters)}, of which {Plain.Count(model.TrainableParameters)} learn" },
            new[] { "Training images", Describe(report.Dataset) },
            new[] { "Validation images", report.ValidationDataset is { } validation ? Describe(validation) : "none" },
            new[]
            {
                "Measured with",
                $"batches of {report.Measuring.BatchSize}, seed {report.Measuring.Seed}, "
                + $"tolerance {report.Measuring.Tolerance}",
            },
            new[]
            {
                "Versions",
                Plain.Text($"PSTransfer {report.Versions.PSTransfer}, libtorch {report.Versions.LibTorch} on {model.Device}, "
                    + $".NET {report.Versions.DotNet}, {report.Versions.System}"),
            },
        };
        return
        [
            new Table("Settings", [new("What", false), new("Value", false)], [.. rows, .. RerunScript.Options(report.Options)]),
            new Paragraph(report.Options is null
                ? "How the model was trained isn't known here: a result of Invoke-FineTune brings its options along."
                : "The model doesn't know which file its backbone's weights came from, nor the datasets with which choices they "
                + "were imported: $weights, $training and $validation are yours to set."),
            new Code(RerunScript.Of(report)),
        ];
    }

    private static string Describe(DatasetSummary images) =>
        Plain.Text($"{Plain.Name(images.Name)}, {Plain.Count(images.Count)} images, from {images.Source}: ")
        + string.Join(
            ", ",
            images.Classes.Zip(images.ClassCounts).Take(MaxClasses).Select(pair => $"{Plain.Name(pair.First)} {Plain.Count(pair.Second)}"))
        + (images.Classes.Count > MaxClasses ? "…" : string.Empty);
}
