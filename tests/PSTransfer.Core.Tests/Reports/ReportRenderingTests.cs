using System.Xml.Linq;
using PSTransfer.Core.Diagnosis.Comparison;
using PSTransfer.Core.Reports.Charts;
using PSTransfer.Core.Tests.Diagnosis.Comparison;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Tests.Reports;

public sealed partial class ReportRenderingTests
{
    private static TrainingReport Hostile => SampleReport.Make(SampleReport.HostileNames);

    private static string Html(TrainingReport report) => HtmlRenderer.Render(TrainingPage.Of(report));

    private static string Markdown(TrainingReport report) =>
        new MarkdownRenderer(name => $"report-{name}.svg").Render(TrainingPage.Of(report));

    [Fact]
    public void APageLoadsNothingAndRunsNothing()
    {
        var html = Html(Hostile);
        var markup = string.Concat(Tag().Matches(html).Select(tag => tag.Value));
        Assert.DoesNotMatch("(?i)<(script|link|iframe|object|embed|base|form|a|use|foreignObject)[ >]", markup);
        Assert.DoesNotMatch("(?i) on[a-z]+=", Text().Replace(markup, "\"\""));
        Assert.All(
            Regex.Matches(markup, " (?:src|href|srcset|data)=\"([^\"]*)\"").Select(match => match.Groups[1].Value),
            source => Assert.StartsWith("data:image/png;base64,", source));
        var css = html[html.IndexOf("<style>", StringComparison.Ordinal)..html.IndexOf("</style>", StringComparison.Ordinal)];
        Assert.DoesNotMatch("url\\(|@import|@font-face", css);
        Assert.DoesNotContain(
            "http://", markup.Replace("http://www.w3.org/2000/svg", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
    }

    [Fact]
    public void TheMarkupOfAPageDoesNotDependOnNames()
    {
        string[] harmless = ["a", "b", "c", "d", "e", "f", "g"];
        Assert.Equal(Tags(Html(SampleReport.Make(harmless))), Tags(Html(Hostile)));

        // Attributes hold names too: only which there are is compared.
        static string[] Tags(string html) => [.. Tag().Matches(html).Select(tag => Text().Replace(tag.Value, "\"\""))];
    }

    [Fact]
    public void NamesStandInAPageAsTheyAre()
    {
        var html = System.Net.WebUtility.HtmlDecode(Html(Hostile));
        Assert.Contains(SampleReport.HostileNames[0], html, StringComparison.Ordinal);
        Assert.Contains(SampleReport.HostileNames[3], html, StringComparison.Ordinal);
        Assert.Contains(new string('W', 60) + "…", html, StringComparison.Ordinal);
        Assert.Contains("😀👩\u200D🚀", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', html);
        Assert.DoesNotContain('\u0001', html);
    }

    [Fact]
    public void APageHasAllSectionsInOrder() => Assert.Equal(
        [
            "The gap and its parts",
            "The same weights in each phase",
            "Learning curves",
            "Drift of BatchNorm by depth",
            "Which class is taken for which",
            "Images that change class between the phases", "What Repair-BatchNorm would bring", "To run it again",
        ],
        TrainingPage.Of(SampleReport.Make()).Sections.Skip(1).Select(section => section.Title));

    [Fact]
    public void WithoutBatchNormThePageSaysSo()
    {
        var html = Html(SampleReport.Make(batchNorm: false));
        Assert.Contains("resnet20 has no BatchNorm layer", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Drift by depth", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Repair-BatchNorm would bring", html, StringComparison.Ordinal);
    }

    [Fact]
    public void TheBarStacksPartsBelowZeroToTheLeftAndTheRestToTheRight()
    {
        // 0.35 and 0.1 to the right, -0.05 to the left, 0.4 in all: lengths on the drawing are in these proportions.
        var svg = XElement.Parse(GapChart.Draw(SampleReport.Phases()).Inline("gap", "a gap"));
        var bars = svg
            .Descendants()
            .Where(element =>
                element.Name.LocalName == "rect"
                    && element.Attribute("style")?.Value.Contains("--series", StringComparison.Ordinal) == true)
            .Select(element =>
                (Left: (double)element.Attribute("x")!, Width: (double)element.Attribute("width")!, Top: (double)element.Attribute("y")!))
            .ToList();
        // the legend is below
        var rows = bars
            .Where(bar => bar.Width > 12)
            .GroupBy(bar => bar.Top)
            .OrderBy(row => row.Key)
            .Take(2)
            .Select(row => row.ToList())
            .ToList();
        Assert.Equal([3, 1], rows.Select(row => row.Count));
        var (normalization, dropout, generalization, total) = (rows[0][0], rows[0][1], rows[0][2], rows[1][0]);
        var unit = total.Width / 0.4;
        Assert.Equal(0.35 * unit, normalization.Width, 0.01);
        Assert.Equal(0.05 * unit, dropout.Width, 0.01);
        Assert.Equal(0.1 * unit, generalization.Width, 0.01);
        Assert.Equal(total.Left, normalization.Left, 0.01);
        Assert.Equal(normalization.Left, dropout.Left + dropout.Width, 0.01);
        Assert.Equal(normalization.Left + normalization.Width, generalization.Left, 0.01);
    }

    [Fact]
    public void TheTableOfGapsAddsUp()
    {
        var table = TrainingPage.Of(SampleReport.Make()).Sections[1].Blocks.OfType<Table>().Single();
        Assert.Equal(["+0.350", "\u22120.050", "+0.100", "+0.400"], table.Rows.Select(row => row[1]));
        Assert.Equal(["Normalisation", "Dropout", "Generalisation", "Total"], table.Rows.Select(row => row[0]));
    }

    [Fact]
    public void WithoutValidationThereIsNoTotal() =>
        Assert.Equal(2, TrainingPage.Of(SampleReport.Make(validation: false)).Sections[1].Blocks.OfType<Table>().Single().Rows.Count);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void NumbersThatAreNotFiniteAreWrittenAndDrawn(double loss)
    {
        var report = SampleReport.Make(loss: loss);
        var shown = loss.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains($">{shown}<", Html(report), StringComparison.Ordinal);
        Assert.Contains($"| {shown} |", Markdown(report), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(JsonRenderer.Render(report));
        Assert.Equal(shown, json.RootElement.GetProperty("LearningPhase").GetProperty("Inference").GetProperty("Loss").GetString());
        Assert.DoesNotContain("NaN", LearningCurves.Loss(report.History).Inline("loss", "losses"), StringComparison.Ordinal);
    }

    [Fact]
    public void MarkdownHasNoMarkupFromNames()
    {
        var text = Markdown(Hostile);
        var outside = Regex.Replace(text, "(?s)```+powershell.*?\n```+", string.Empty);
        Assert.DoesNotMatch(@"(?<!\\)<", outside);
        Assert.DoesNotMatch(@"(?<!\\)\]\((?!report-)", outside);
        Assert.DoesNotContain(
            "javascript:alert(1)) |", outside.Replace("\\|", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (var table in Regex.Matches(outside, @"(?m)(^\|.*\|\n)+").Select(match => match.Value.TrimEnd('\n').Split('\n')))
        {
            Assert.Single(table.Select(line => Regex.Count(line, @"(?<!\\)\|")).Distinct());
        }
    }

    [Fact]
    public void JsonHasThePipelinesNames()
    {
        using var json = JsonDocument.Parse(JsonRenderer.Render(Hostile));
        var root = json.RootElement;
        Assert.Equal("PhaseSkew", root.GetProperty("LearningPhase").GetProperty("Verdict").GetString());
        Assert.Equal(0.4, root.GetProperty("LearningPhase").GetProperty("TotalGap").GetProperty("Accuracy").GetDouble(), 12);
        Assert.Equal(
            0.2,
            root
                .GetProperty("LearningPhase")
                .GetProperty("NormalizationGap")
                .GetProperty("AccuracyInterval")
                .GetProperty("Lower")
                .GetDouble());
        Assert.Equal(SampleReport.HostileNames[1], root.GetProperty("Dataset").GetProperty("Classes")[1].GetString());
        Assert.Equal("bn2", root.GetProperty("Drift")[1].GetProperty("Name").GetString());
        Assert.Equal("AdamW", root.GetProperty("Options").GetProperty("Optimizer").GetString());
        Assert.Equal(30, root.GetProperty("ClassChanges").GetProperty("Count").GetInt32());
    }

    [Fact]
    public void TheScriptNamesEachOptionThatIsNotTheDefault()
    {
        var options = new TrainingOptions
        {
            Epochs = 3, StepsPerEpoch = 4, BatchSize = 5, Optimizer = OptimizerKind.SGD, LearningRate = 0.125, Schedule = ScheduleKind.Step,
            DecayEpochs = 8, DecayFactor = 0.5, WarmupSteps = 9, LayerRates = new Dictionary<string, double> { ["head*"] = 2 },
            Stages = [
                new() { Mode = FreezeMode.Inference, LayerPatterns = ["layer1*", "bn1"], Epochs = 2, LearningRate = 0.5 },
                new() { First = 3, Epochs = 1 }
            ],
            ClipNorm = 1.5, AccumulationSteps = 2, WeightAverage = 0.875, LabelSmoothing = 0.25,
            ClassWeights = new Dictionary<string, double> { ["a'b"] = 2 },
            RestoreBest = true,
            FeatureCache = "/c d",
            Momentum = 0.5,
            Nesterov = true,
            WeightDecay = 0.25, BatchNormMomentum = 0.75, Precision = Precision.BFloat16, Loss = LossKind.CategoricalCrossEntropy,
            Augmentation = new(true, 15, 2), CachedDraws = 10, Seed = 6, EarlyStopping = 7, CheckpointPath = "a'b", Resume = true,
            LogPath = "/c/d.jsonl", TensorBoardPath = "/e", Strict = true,
        };
        var script = RerunScript.Of(SampleReport.Make() with { Options = options });
        Assert.Contains(
            "$run = $model | Invoke-FineTune -Dataset $training -ValidationDataset $validation -Epochs 3 -StepsPerEpoch 4 -BatchSize 5 "
            + "-Optimizer SGD -LearningRate 0.125 -Schedule Step -DecayEpochs 8 -DecayFactor 0.5 -WarmupSteps 9 -LayerRate @{ 'head*' = "
            + "2 } -Stage @{ Mode = 'Inference'; Layer = 'layer1*', 'bn1'; Epochs = 2; LearningRate = 0.5 }, @{ First = 3; Epochs = 1 } "
            + "-ClipNorm 1.5 -AccumulationSteps 2 -WeightAverage 0.875 -Momentum 0.5 -Nesterov -WeightDecay 0.25 -BatchNormMomentum "
            + "0.75 -Precision BFloat16 -Loss CategoricalCrossEntropy -LabelSmoothing 0.25 -ClassWeight @{ 'a''b' = 2 } -Augmentation "
            + "Rotation:15, Crop:2, Flip -CachedDraws 10 -Seed 6 -EarlyStopping 7 -RestoreBest -CheckpointPath 'a''b' -Resume -LogPath "
            + "'/c/d.jsonl' -TensorBoardPath '/e' -FeatureCache '/c d' -Strict\n",
            script, StringComparison.Ordinal);
        Assert.Contains("New-Backbone resnet20 -Weights $weights -InputShape 32, 32, 3\n", script, StringComparison.Ordinal);
        Assert.Contains(
            "Add-ClassifierHead -ClassCount 2 -Pooling Average -HiddenUnits 16, 8 -Dropout 0.25 | Set-FreezeMode Legacy\n",
            script,
            StringComparison.Ordinal);

        // An option that the script doesn't know yet would be missing from it.
        Assert.All(
            typeof(TrainingOptions)
                .GetProperties()
                .Where(property => property.CanWrite)
                .Select(property => property.Name)
                .Except([nameof(options.BalanceClasses), nameof(options.Matches)]),
            name => Assert.Contains($" -{name.TrimEnd('s')}", script, StringComparison.Ordinal));
        Assert.Contains(
            " -ClassWeight Auto ",
            RerunScript.Of(SampleReport.Make() with { Options = options with { ClassWeights = null, BalanceClasses = true } }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void NamesCannotLeaveTheScriptsCommentsAndQuotes()
    {
        var lines = RerunScript.Of(Hostile).Split('\n');
        Assert.Equal(
            ["# $training:", "# $validation:", "$model =", "$model =", "$run =", "$run |"],
            lines.Select(line => string.Join(' ', line.Split(' ')[..2])));
        Assert.EndsWith("W''s\u2019\u2019'", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public void AComparisonsPageHasItsTableChartAndConclusion()
    {
        var rows = new[]
        {
            FreezeModeRows.Row(FreezeMode.Legacy, FreezeModeRepair.None, 0.6, 0.001, verdict: LearningPhaseVerdict.PhaseSkew),
            FreezeModeRows.Row(FreezeMode.Inference, FreezeModeRepair.None, 0.9, 0.001),
        };
        var page = ComparisonPage.Of(ComparisonReport.Of(rows));
        Assert.Equal(FreezeModeConclusion.Of(rows), Assert.IsType<Paragraph>(page.Sections[0].Blocks.Single()).Text);
        Assert.Equal(["modes"], page.Sections[1].Blocks.OfType<Chart>().Select(chart => chart.Name));
        var table = page.Sections[2].Blocks.OfType<Table>().Single();
        Assert.Equal("0.600 ± 0.013", table.Rows[0][4]);
    }

    [Fact]
    public void WithLabelsThereIsAChartForEachMeasure()
    {
        var row = FreezeModeRows.Row(FreezeMode.Legacy, FreezeModeRepair.None, 0.6, 0.001);
        var report = ComparisonReport.Of([.. SampleReport.HostileNames.Select(name => row with { Label = name })]);
        var page = ComparisonPage.Of(report);
        Assert.Equal(
            ["training-phase", "inference-phase", "validation"], page.Sections[1].Blocks.OfType<Chart>().Select(chart => chart.Name));
        Assert.Equal(SampleReport.HostileNames.Length, page.Sections[0].Blocks.Count);
        foreach (var chart in page.Sections[1].Blocks.OfType<Chart>())
        {
            var svg = XElement.Parse(chart.Plot.Standalone(chart.Name, Plain.Text(chart.Description)));
            Assert.DoesNotContain(svg.Descendants(), element => element.Name.LocalName is "script" or "img" or "b");
        }

        using var json = JsonDocument.Parse(JsonRenderer.Render(report));
        Assert.Equal(SampleReport.HostileNames[0], json.RootElement.GetProperty("Rows")[0].GetProperty("Label").GetString());
    }

    [Fact]
    public void AStandaloneChartIsAWhiteCardWithRealText()
    {
        var svg = XElement.Parse(GapChart.Draw(SampleReport.Phases()).Standalone("gap", "a gap"));
        Assert.Contains(svg.Descendants(), element => element.Name.LocalName == "text" && element.Value == "normalisation");
        Assert.Contains(svg.Elements(), element => element.Name.LocalName == "rect" && element.Attribute("fill")?.Value == "#ffffff");
        Assert.DoesNotContain("var(", svg.ToString(), StringComparison.Ordinal);
    }

    [GeneratedRegex("<[a-zA-Z/!](?:[^>\"]|\"[^\"]*\")*>")]
    private static partial Regex Tag();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Text();
}
