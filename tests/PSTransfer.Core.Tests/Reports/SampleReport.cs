namespace PSTransfer.Core.Tests.Reports;

/// <summary>A report with every section, made up, with names that files and folders may well have.</summary>
internal static class SampleReport
{
    /// <summary>
    /// Markup of all kinds, quotes, a link, letters from right to left with an override, emoji, half a surrogate pair, a line break, and
    /// length.
    /// </summary>
    public static readonly string[] HostileNames =
    [
        "<script>document.title='owned'</script>",
        "\"><img src=x onerror=\"document.title='owned'\">",
        "'](javascript:alert(1)) | `code` **bold** $x$",
        "</style></title></svg><b>cat",
        "חתול \u202Eevil\u202C 😀👩\u200D🚀",
        "half \uD83D pair\nnew line\u0001\u2028",
        new string('W', 300),
    ];

    private static readonly byte[] _png = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");

    public static TrainingReport Make(IReadOnlyList<string>? names = null, bool batchNorm = true, bool validation = true, double loss = 0.5)
    {
        names ??= ["cat", "dog"];
        var dataset = new DatasetSummary(names[0], $"/data/{names[^1]}", 10 * names.Count, names, [.. names.Select(_ => 10)]);
        var phases = Phases(validation, loss);
        return new TrainingReport
        {
            Measured = new DateTimeOffset(2026, 1, 2, 3, 4, 0, TimeSpan.Zero),
            Model = new ModelSummary(
                names[0], "resnet20", [32, 32, 3], new Head { ClassCount = names.Count, HiddenUnits = [16, 8], Dropout = 0.25 }, "Legacy",
                batchNorm ? 2 : 0, 1000, 10, "cpu"),
            Dataset = dataset,
            ValidationDataset = validation ? dataset : null,
            LearningPhase = phases,
            History = [new(1, 7, loss, 0.7, loss, 0.5, 0.01, 1), new(2, 7, 0.3, 0.9, null, null, 0.01, 1)],
            Drift = batchNorm ? [new(1, 1, "bn1", 4, 0.5, 1.5, 0.25, 0.7), new(4, 2, "bn2", 6, 0.9, 0.5, 1.25, 0.8)] : [],
            Attribution = DriftAttribution.Prefix,
            Measurement = new ModelMeasurement
            {
                Phase = LearningPhase.Inference,
                Loss = 1,
                Accuracy = 0.6,
                Top = 5, TopAccuracy = 1, Auc = 0.875, CalibrationError = 0.0625, Count = 10 * names.Count,
                Classes = [.. names.Select(name => new ClassMetrics(name, 0.5, 0.5, 0.5, 10))],
                ConfusionMatrix = [.. names.Select((_, i) => (IReadOnlyList<int>)[.. names.Select((_, j) => i == j ? 10 : 3)])],
            },
            ClassChanges = new ClassChanges(
                30, 40, [.. names.Select((name, i) => new ClassChange(i, $"/data/{name}.png", name, name, 0.75, names[^1], 0.5, _png))]),
            Repair = batchNorm ? new RepairOutcome(2, 20, phases) : null,
            Options = new TrainingOptions
            {
                Epochs = 2,
                Optimizer = OptimizerKind.AdamW,
                Augmentation = new Augmentation(true, 15, 2),
                CheckpointPath = $"/runs/{names[^1]}'s\u2019"
            },
            Measuring = new MeasuringOptions(32, 42, 0.02),
            Versions = new Versions("1.2.3", "2.10.0", "10.0.0", "Linux"),
        };
    }

    public static LearningPhaseReport Phases(bool validation = true, double loss = 0.5) => new()
    {
        Dynamic = new PhaseMetrics(loss, 0.6, 40),
        Inference = new PhaseMetrics(loss, 0.6, 40),
        Training = new PhaseMetrics(0.2, 0.9, 40),
        TrainingWithoutDropout = new PhaseMetrics(0.1, 0.95, 40),
        Validation = validation ? new PhaseMetrics(0.9, 0.5, 20) : null,
        Shuffles = 3,
        Tolerance = 0.02,
        NormalizationGap = new MetricGap(0.35, 0.1 - loss, new(0.2, 0.5), new(-0.6, -0.2)),
        DropoutGap = new MetricGap(-0.05, 0.1, new(-0.1, 0), new(0, 0.2)),
        GeneralizationGap = validation ? new MetricGap(0.1, -0.4, new(-0.1, 0.3), new(-0.6, -0.2)) : null,
        TotalIntervals = (new(0.3, 0.5), new(-0.7, -0.2)),
        Cause = "The phases disagree.",
        Remedy = "Repair-BatchNorm mends it.",
    };
}
