using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Reports;

/// <summary>Writes reports; each file is written whole or not at all.</summary>
/// <param name="path">The file.</param>
/// <param name="format">The format of the file.</param>
/// <param name="overwrite">Whether existing files are replaced.</param>
public sealed class ReportFile(string path, ReportFormat format, bool overwrite)
{
    /// <summary>The endings of file names for each format.</summary>
    public static FormatNames<ReportFormat> Names { get; } = new(
        "a report",
        [".pdf", ".docx", ".csv", ".svg", ".png", ".xml", ".yml", ".yaml"],
        (ReportFormat.Html, [".html", ".htm"]),
        (ReportFormat.Markdown, [".md", ".markdown"]),
        (ReportFormat.Json, [".json"]));

    /// <summary>Refuses a path that can't be written to, before anything is measured.</summary>
    /// <exception cref="PSTransferException">AlreadyExists, NotFound (there is no such folder), or WriteFailed (the path is a
    /// folder).</exception>
    public void Check()
    {
        AtomicFile.RequireFolder(path);
        AtomicFile.RequireFree(path, overwrite);
    }

    /// <summary>Writes a training report.</summary>
    public void Write(TrainingReport report) => Write(report, TrainingPage.Of);

    /// <summary>Writes a report on a comparison.</summary>
    public void Write(ComparisonReport report) => Write(report, ComparisonPage.Of);

    private void Write<T>(T report, Func<T, Page> lay)
    {
        switch (format)
        {
            case ReportFormat.Json:
                Write(path, JsonRenderer.Render(report));
                break;
            case ReportFormat.Markdown:
                var page = lay(report);
                var charts = page.Sections.SelectMany(section => section.Blocks).OfType<Chart>().ToList();
                foreach (var chart in charts)
                {
                    AtomicFile.RequireFree(PathOf(chart.Name), overwrite);
                }

                foreach (var chart in charts)
                {
                    Write(PathOf(chart.Name), chart.Plot.Standalone(chart.Name, Plain.Text(chart.Description)));
                }

                Write(path, new MarkdownRenderer(name => Path.GetFileName(PathOf(name))).Render(page));
                break;
            default:
                Write(path, HtmlRenderer.Render(lay(report)));
                break;
        }
    }

    private void Write(string file, string text) => AtomicFile.Write(file, overwrite, text);

    private string PathOf(string chart) =>
        Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, $"{Path.GetFileNameWithoutExtension(path)}-{chart}.svg");
}
