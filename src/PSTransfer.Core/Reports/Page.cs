namespace PSTransfer.Core.Reports;

/// <summary>
/// A document without a format. Its texts are plain, whatever file, class or dataset names are in them: each renderer escapes all that
/// it writes, in one place.
/// </summary>
/// <param name="Title">The document's.</param>
/// <param name="Subtitle">A line below it.</param>
/// <param name="Sections">In order; the first has no heading.</param>
/// <param name="Footer">A line at the end.</param>
internal sealed record Page(string Title, string Subtitle, IReadOnlyList<Section> Sections, string Footer);

/// <summary>What is under one heading.</summary>
internal sealed record Section(string? Title, IReadOnlyList<Block> Blocks);

/// <summary>A piece of a section.</summary>
internal abstract record Block;

/// <summary>Running text.</summary>
internal sealed record Paragraph(string Text) : Block;

/// <summary>How bad the news is.</summary>
internal enum Tone
{
    Good,
    Bad,
    Unsure,
}

/// <summary>The story in a paragraph: a word, what it means, and the numbers that one should remember.</summary>
internal sealed record Story(Tone Tone, string Word, string Cause, string Remedy, IReadOnlyList<Fact> Facts) : Block;

/// <summary>A number to remember.</summary>
internal sealed record Fact(string Label, string Value, string Note);

/// <summary>Rows of cells; the first cell of a row names it.</summary>
internal sealed record Table(string Caption, IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : Block;

/// <summary>A column's heading, and whether it holds numbers.</summary>
internal sealed record Column(string Title, bool IsNumber = true);

/// <summary>Counts by row and column of the same names.</summary>
internal sealed record Matrix(string Caption, string RowTitle, string ColumnTitle, IReadOnlyList<string> Names, IReadOnlyList<IReadOnlyList<int>> Counts) : Block;

/// <summary>A drawing.</summary>
/// <param name="Name">For a file's name and for ids: letters and hyphens.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Caption">How to read it.</param>
/// <param name="Description">For those who can't see it.</param>
/// <param name="Plot">The drawing.</param>
internal sealed record Chart(string Name, string Title, string Caption, string Description, Charts.Drawing Plot) : Block;

/// <summary>Pictures with what there is to say about each.</summary>
internal sealed record Gallery(string Caption, IReadOnlyList<Picture> Pictures) : Block;

/// <summary>A picture.</summary>
/// <param name="Png">A PNG file.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Facts">Label and value.</param>
internal sealed record Picture(byte[] Png, string Name, IReadOnlyList<(string Label, string Value)> Facts);

/// <summary>PowerShell to paste.</summary>
internal sealed record Code(string Text) : Block;
