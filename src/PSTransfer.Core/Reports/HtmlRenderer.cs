using System.Globalization;
using System.Net;
using System.Text;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Reports;

/// <summary>Renders a page as one HTML file without scripts or external files, for light and dark mode.</summary>
internal sealed class HtmlRenderer
{
    private readonly StringBuilder _html = new();

    /// <summary>Renders the whole file.</summary>
    public static string Render(Page page)
    {
        var renderer = new HtmlRenderer();
        renderer.Write(page);
        return renderer._html.ToString();
    }

    private void Write(Page page)
    {
        Raw($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <title>{Safe(page.Title)}</title>
            <style>
            {Style.Sheet}</style>
            </head>
            <body>
            <header><h1>{Safe(page.Title)}</h1><p>{Safe(page.Subtitle)}</p></header>
            <main>
            """);
        foreach (var section in page.Sections)
        {
            Raw("<section>");
            if (section.Title is not null)
            {
                Raw($"<h2>{Safe(section.Title)}</h2>");
            }

            foreach (var block in section.Blocks)
            {
                Write(block);
            }

            Raw("</section>");
        }

        Raw($"</main>\n<footer><p>{Safe(page.Footer)}</p></footer>\n</body>\n</html>");
    }

    private void Write(Block block)
    {
        switch (block)
        {
            case Paragraph paragraph:
                Raw($"<p>{Safe(paragraph.Text)}</p>");
                break;
            case Story story:
                Raw(
                    $"""<div class="story {story.Judgement.ToString().ToLowerInvariant()}"><p><strong class="verdict">{Safe(story.Word)}"""
                    + $"</strong> {Safe(story.Cause)}</p><p>{Safe(story.Remedy)}</p></div>");
                Raw("""<dl class="facts">""" + string.Concat(story.Facts.Select(fact =>
                    $"<div><dt>{Safe(fact.Label)}</dt><dd><b>{Safe(fact.Value)}</b> <span>{Safe(fact.Note)}</span></dd></div>")) + "</dl>");
                break;
            case Table table:
                Write(table);
                break;
            case Matrix matrix:
                Write(matrix);
                break;
            case Chart chart:
                Raw(
                    $"<figure><h3>{Safe(chart.Title)}</h3>{chart.Plot.Inline(chart.Name, Plain.Text(chart.Description))}"
                    + $"<figcaption>{Safe(chart.Caption)}</figcaption></figure>");
                break;
            case Gallery gallery:
                Raw($"""<p class="caption">{Safe(gallery.Caption)}</p><ul class="gallery">""");
                foreach (var picture in gallery.Pictures)
                {
                    var facts = string.Concat(picture.Facts.Select(fact => $"<dt>{Safe(fact.Label)}</dt><dd>{Safe(fact.Value)}</dd>"));
                    Raw(
                        $"""<li><img src="data:image/png;base64,{Convert.ToBase64String(picture.Png)}" alt="{Safe(picture.Name)}">"""
                        + $"<h3>{Safe(picture.Name)}</h3><dl>{facts}</dl></li>");
                }

                Raw("</ul>");
                break;
            case Code code:
                Raw($"""<pre tabindex="0"><code>{WebUtility.HtmlEncode(code.Text)}</code></pre>""");
                break;
        }
    }

    private void Write(Table table)
    {
        OpenTable(table.Caption);
        Raw(
            "<thead><tr>"
            + string.Concat(table.Columns.Select(column => $"""<th scope="col"{Class(column)}>{Safe(column.Title)}</th>"""))
            + "</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            Raw("<tr>" + string.Concat(row.Zip(table.Columns).Select((cell, i) =>
                i == 0 ? $"""<th scope="row">{Safe(cell.First)}</th>""" : $"<td{Class(cell.Second)}>{Safe(cell.First)}</td>")) + "</tr>");
        }

        Raw("</tbody></table></div>");

        static string Class(Column column) => column.IsNumber ? " class=\"number\"" : string.Empty;
    }

    private void Write(Matrix matrix)
    {
        OpenTable(matrix.Caption, " matrix");
        var most = Math.Max(1, matrix.Counts.Max(row => row.DefaultIfEmpty().Max()));
        Raw($"""<thead><tr><th scope="col">{Safe(matrix.RowTitle)} ↓ · {Safe(matrix.ColumnTitle)} →</th>"""
            + string.Concat(matrix.Names.Select(name => $"""<th scope="col" class="number">{Safe(name)}</th>""")) + "</tr></thead><tbody>");
        foreach (var (i, row) in matrix.Counts.Index())
        {
            Raw($"""<tr><th scope="row">{Safe(matrix.Names[i])}</th>""" + string.Concat(row.Select((count, j) => string.Create(
                CultureInfo.InvariantCulture,
                $"""<td class="number {(i == j ? "right" : "wrong")}" style="--share:{100 * count / most}%">{count}</td>"""))) + "</tr>");
        }

        Raw("</tbody></table></div>");
    }

    private void OpenTable(string caption, string kind = "") =>
        Raw(
            $"""<p class="caption">{Safe(caption)}</p><div class="scroll{kind}" role="region" aria-label="{Safe(caption)}" """
            + $"""tabindex="0"><table aria-label="{Safe(caption)}">""");

    private void Raw(string html) => _html.Append(html).Append('\n');

    private static string Safe(string text) => WebUtility.HtmlEncode(Plain.Text(text));

    private static class Style
    {
        public static string Sheet { get; } = Read();

        private static string Read()
        {
            using var reader = new StreamReader(typeof(Style).Assembly.GetManifestResourceStream("report.css")!);
            return reader.ReadToEnd();
        }
    }
}
