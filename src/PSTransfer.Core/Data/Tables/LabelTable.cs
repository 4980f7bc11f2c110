using System.Text;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;
using nietras.SeparatedValues;

namespace PSTransfer.Core.Data.Tables;

/// <summary>
/// Reads a table of image files and labels. The first line names the columns, separated by commas, semicolons, tabs or bars. The text is
/// UTF-8, or UTF-16 or UTF-32 with a byte order mark.
/// </summary>
internal static class LabelTable
{
    private const int CharactersLookedAt = 4096;
    private const string TypeLine = "#TYPE ";
    private const string SeparatorLine = "sep=";
    private static readonly string[] Separators = [",", ";", "\t", "|"];

    /// <summary>A UTF-8 encoding that throws for text in another encoding.</summary>
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether a file's name has the ending of a table.</summary>
    public static bool IsTableName(string path) => Path.GetExtension(path.AsSpan()) is var ending
        && (ending.Equals(".csv", StringComparison.OrdinalIgnoreCase) || ending.Equals(".tsv", StringComparison.OrdinalIgnoreCase));

    /// <summary>Refuses options that name columns if the data set isn't a table.</summary>
    /// <exception cref="PSTransferException">The data set is a folder, CIFAR or IDX, and an option names a column.</exception>
    public static void RequireTable(string path, DatasetFormat format, ImageDatasetOptions options)
    {
        (string? Value, string Name)[] own =
        [
            (options.LabelProperty, "LabelProperty"), (options.PathProperty, "PathProperty"), (options.BasePath, "BasePath"),
        ];
        if (format != DatasetFormat.Table && own.FirstOrDefault(option => option.Value is not null) is { Name: { } name })
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{path}: {Option.Name(name)} is for a table of files and labels "
                + $"(.csv, .tsv, or any text with {Option.Name("Format")} Table), found {format}. "
                + "Leave it out, or name the table.",
                name)
            {
                Others = ["Format"],
            };
        }
    }

    /// <summary>Reads a table and looks for the files that it names.</summary>
    /// <exception cref="PSTransferException">The file is no table, a column is missing, a file has two labels, or files are
    /// missing.</exception>
    public static LabeledImages Read(string path, ImageDatasetOptions options, Action<string, double>? report, CancellationToken token)
    {
        if (Directory.Exists(path))
        {
            throw new PSTransferException(FaultKind.InvalidArgument, $"{path}: expected a table, found a folder.", path);
        }

        try
        {
            var (skipped, separator) = Preamble(path);
            using var text = Open(path);
            for (var line = 0; line < skipped; line++)
            {
                text.ReadLine();
            }

            using var table = Sep
                .Reader(reader => reader with { Sep = separator, HasHeader = false, DisableColCountCheck = true, Unescape = true })
                .From(text);
            return Read(table, path, skipped, options, report, token);
        }
        catch (DecoderFallbackException foreign)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: the text isn't UTF-8. Save it as UTF-8 (in Excel: CSV UTF-8), or read it with Import-Csv -Encoding and pipe the "
                + "rows to Import-ImageDataset.",
                path,
                foreign);
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or NotSupportedException)
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: can't be read as a table: {unreadable.Message.TrimEnd('.')}. A quote that isn't closed is the usual cause.",
                path,
                unreadable);
        }
    }

    private static LabeledImages Read(
        SepReader table, string path, int skipped, ImageDatasetOptions options, Action<string, double>? report, CancellationToken token)
    {
        string[]? names = null;
        var (fileColumn, labelColumn, numberColumn) = (-1, -1, -1);
        var rows = new LabelRows(path, options.BasePath ?? Path.GetDirectoryName(path)!, "line");
        foreach (var row in table)
        {
            token.ThrowIfCancellationRequested();
            var line = row.LineNumberFrom + skipped;
            if (names is null)
            {
                names = new string[row.ColCount];
                for (var column = 0; column < names.Length; column++)
                {
                    names[column] = row[column].ToString().Trim();
                }

                fileColumn = LabelColumns.Path(names, options.PathProperty, path, "column");
                labelColumn = LabelColumns.Label(names, options.LabelProperty, path, "column");
                numberColumn = LabelColumns.NumberOf(names);
                continue;
            }

            var number = Text(row, numberColumn);
            var label = Text(row, labelColumn);
            if (string.IsNullOrWhiteSpace(number) && label?.AsSpan().Trim().ContainsAny('\r', '\n') == true)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: the label in line {line} goes on in the next line ('{Printable.Text(label)}'). Close the quote that is open.",
                    path);
            }

            rows.Add(line, Text(row, fileColumn), label, number);
        }

        return names is null
            ? throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: the table is empty. Expected a line with the names of the columns and a line for each image.",
                path)
            : rows.Import(options, token, report);
    }

    /// <summary>The text of a row's field; null if the row is shorter or the table has no such column.</summary>
    private static string? Text(SepReader.Row row, int column) => column >= 0 && column < row.ColCount ? row[column].ToString() : null;

    /// <summary>Counts the lines before the column names: the type line of Windows PowerShell and the separator line of Excel.</summary>
    private static (int Lines, Sep? Separator) Preamble(string path)
    {
        using var text = Open(path);
        var start = new char[CharactersLookedAt];
        var length = text.ReadBlock(start);
        if (start.AsSpan(0, length).Contains('\0'))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: expected text with columns, found zero bytes. If it is a table in UTF-16, save it as UTF-8.",
                path);
        }

        var lines = new StringReader(new string(start, 0, length));
        var (count, separator) = (0, (Sep?)null);
        for (var line = lines.ReadLine(); line is not null; line = lines.ReadLine(), count++)
        {
            if (line.StartsWith(SeparatorLine, StringComparison.OrdinalIgnoreCase) && Separators.Contains(line[SeparatorLine.Length..]))
            {
                separator = Sep.New(line[^1]);
            }
            else if (!line.StartsWith(TypeLine, StringComparison.Ordinal))
            {
                break;
            }
        }

        return (count, separator);
    }

    private static StreamReader Open(string path) => new(BinaryFile.Open(path), Strict, detectEncodingFromByteOrderMarks: true);
}
