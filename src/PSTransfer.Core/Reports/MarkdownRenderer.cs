using System.Globalization;
using System.Text;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Reports;

/// <summary>Renders a page as Markdown (CommonMark with GitHub's tables). Charts are SVG files beside the page.</summary>
/// <param name="chartFile">Gives the file name of a chart by the chart's name.</param>
internal sealed class MarkdownRenderer(Func<string, string> chartFile)
{
    private readonly StringBuilder _text = new();

    /// <summary>Renders the whole file.</summary>
    public string Render(Page page)
    {
        Add($"# {Safe(page.Title)}");
        Add(Safe(page.Subtitle));
        foreach (var section in page.Sections)
        {
            if (section.Title is not null)
            {
                Add($"## {Safe(section.Title)}");
            }

            foreach (var block in section.Blocks)
            {
                Write(block);
            }
        }

        Add(Safe(page.Footer));
        return _text.ToString().TrimEnd('\n') + "\n";
    }

    private void Write(Block block)
    {
        switch (block)
        {
            case Paragraph paragraph:
                Add(Safe(paragraph.Text));
                break;
            case Story story:
                Add($"**{Safe(story.Word)}.** {Safe(story.Cause)} {Safe(story.Remedy)}");
                Add(string.Join("\n", story.Facts.Select(fact => $"- {Safe(fact.Label)}: **{Safe(fact.Value)}** ({Safe(fact.Note)})")));
                break;
            case Table table:
                Add(Safe(table.Caption) + ":");
                Rows([.. table.Columns.Select(column => (column.Title, column.IsNumber))], table.Rows);
                break;
            case Matrix matrix:
                Add(Safe(matrix.Caption) + ":");
                Rows(
                    [($"{matrix.RowTitle} \\ {matrix.ColumnTitle}", false), .. matrix.Names.Select(name => (name, true))],
                    [
                        .. matrix.Counts.Select((row, i) =>
                            (IReadOnlyList<string>)[
                                matrix.Names[i], .. row.Select(count => count.ToString(CultureInfo.InvariantCulture))])]);
                break;
            case Chart chart:
                Add($"![{Safe(chart.Description)}]({Uri.EscapeDataString(chartFile(chart.Name))})");
                Add($"{Safe(chart.Title)}. {Safe(chart.Caption)}");
                break;
            case Gallery gallery:
                Add(Safe(gallery.Caption) + ":");
                Rows(
                    [("Image", false), .. gallery.Pictures[0].Facts.Select(fact => (fact.Label, false))],
                    [
                        .. gallery.Pictures.Select(
                            picture => (IReadOnlyList<string>)[picture.Name, .. picture.Facts.Select(fact => fact.Value)])]);
                break;
            case Code code:
                var fence = new string('`', Math.Max(3, LongestRun(code.Text) + 1));
                Add($"{fence}powershell\n{code.Text}\n{fence}");
                break;
        }
    }

    private void Rows(IReadOnlyList<(string Title, bool IsNumber)> columns, IReadOnlyList<IReadOnlyList<string>> rows) => Add(string.Join(
        "\n",
        [
            Line(columns.Select(column => Safe(column.Title))),
            Line(columns.Select(column => column.IsNumber ? "---:" : "---")),
            .. rows.Select(row => Line(row.Select(Safe)))]));

    private void Add(string block) => _text.Append(block).Append("\n\n");

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    /// <summary>Escapes text: each character that Markdown could take for markup gets a backslash.</summary>
    private static string Safe(string text) =>
        string.Concat(Plain.Text(text).Select(letter => @"\`*_[]<>|~#&$".Contains(letter) ? $"\\{letter}" : $"{letter}"));

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var letter in text)
        {
            run = letter == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
