namespace PSTransfer.Core.Reports;

/// <summary>
/// A document without a format. Its texts are plain and may hold names of files, classes and data sets. Each renderer escapes all its
/// output in one place.
/// </summary>
/// <param name="Title">The title of the document.</param>
/// <param name="Subtitle">The line below the title.</param>
/// <param name="Sections">The sections in order; the first has no heading.</param>
/// <param name="Footer">The line at the end.</param>
internal sealed record Page(string Title, string Subtitle, IReadOnlyList<PageSection> Sections, string Footer);

/// <summary>A section: a heading and the blocks under it.</summary>
internal sealed record PageSection(string? Title, IReadOnlyList<Block> Blocks);

/// <summary>A piece of a section.</summary>
internal abstract record Block;

/// <summary>A block of running text.</summary>
internal sealed record Paragraph(string Text) : Block;

/// <summary>How bad a story's news is.</summary>
internal enum Judgement
{
    Good,
    Bad,
    Unsure,
}

/// <summary>The story in a paragraph: a verdict, its meaning, and the numbers to remember.</summary>
internal sealed record Story(Judgement Judgement, string Word, string Cause, string Remedy, IReadOnlyList<Fact> Facts) : Block;

/// <summary>A number to remember.</summary>
internal sealed record Fact(string Label, string Value, string Note);

/// <summary>A table of rows; the first cell of a row names it.</summary>
internal sealed record Table(string Caption, IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : Block;

/// <summary>A column: its heading, and whether it holds numbers.</summary>
internal sealed record Column(string Title, bool IsNumber = true);

/// <summary>Counts in rows and columns of the same names.</summary>
internal sealed record Matrix(
    string Caption, string RowTitle, string ColumnTitle, IReadOnlyList<string> Names, IReadOnlyList<IReadOnlyList<int>> Counts) : Block;

/// <summary>A chart with its texts.</summary>
/// <param name="Name">A name for files and ids, of letters and hyphens.</param>
/// <param name="Title">What the chart shows.</param>
/// <param name="Caption">How to read the chart.</param>
/// <param name="Description">A description for readers who can't see the chart.</param>
/// <param name="Plot">The drawn plot.</param>
internal sealed record Chart(string Name, string Title, string Caption, string Description, Charts.Drawing Plot) : Block;

/// <summary>Pictures, each with facts about it.</summary>
internal sealed record Gallery(string Caption, IReadOnlyList<Picture> Pictures) : Block;

/// <summary>A picture of a gallery.</summary>
/// <param name="Png">The content of a PNG file.</param>
/// <param name="Name">The picture's name.</param>
/// <param name="Facts">Facts, each with label and value.</param>
internal sealed record Picture(byte[] Png, string Name, IReadOnlyList<(string Label, string Value)> Facts);

/// <summary>PowerShell code to paste.</summary>
internal sealed record Code(string Text) : Block;
