namespace PSTransfer.Core.Tests.Reports;

public sealed class ReportFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void MarkdownNamesTheChartsThatLieBesideIt()
    {
        var path = Path.Combine(_folder, "my report (1).md");
        new ReportFile(path, ReportFormat.Markdown, overwrite: false).Write(SampleReport.Make());
        string[] charts = [.. Directory.GetFiles(_folder, "*.svg").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["my report (1)-accuracy.svg", "my report (1)-attribution.svg", "my report (1)-drift.svg", "my report (1)-gap.svg", "my report (1)-loss.svg"
            ],
            charts);
        var text = File.ReadAllText(path);
        Assert.All(charts, chart => Assert.Contains($"({Uri.EscapeDataString(chart)})", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ReportFormat.Html)]
    [InlineData(ReportFormat.Json)]
    public void OtherFormatsAreOneFile(ReportFormat format)
    {
        new ReportFile(Path.Combine(_folder, "report"), format, overwrite: false).Write(SampleReport.Make());
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void AChartThatIsThereIsNotReplacedUnasked()
    {
        var chart = Path.Combine(_folder, "report-gap.svg");
        File.WriteAllText(chart, "precious");
        var fault = Assert.Throws<PSTransferException>(() =>
            new ReportFile(Path.Combine(_folder, "report.md"), ReportFormat.Markdown, overwrite: false).Write(SampleReport.Make()));
        Assert.Equal((FaultKind.AlreadyExists, chart), (fault.Kind, fault.Target));
        Assert.Equal("precious", File.ReadAllText(chart));
        Assert.Single(Directory.GetFiles(_folder));

        new ReportFile(Path.Combine(_folder, "report.md"), ReportFormat.Markdown, overwrite: true).Write(SampleReport.Make());
        Assert.StartsWith("<svg", File.ReadAllText(chart), StringComparison.Ordinal);
    }

    [Fact]
    public void TheCheckRefusesWhatIsThere()
    {
        var path = Path.Combine(_folder, "report.html");
        File.WriteAllText(path, "precious");
        Assert.Equal(
            FaultKind.AlreadyExists,
            Assert.Throws<PSTransferException>(() => new ReportFile(path, ReportFormat.Html, overwrite: false).Check()).Kind);
        new ReportFile(path, ReportFormat.Html, overwrite: true).Check();
    }
}
