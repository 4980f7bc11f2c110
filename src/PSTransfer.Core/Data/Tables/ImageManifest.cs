using System.Buffers;
using System.Globalization;
using System.Text;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Data.Tables;

/// <summary>Writes a data set of image files as a table, which <see cref="LabeledImages.Import"/> reads as the same set.</summary>
public static class ImageManifest
{
    /// <summary>The first line of a manifest. No other table has these three columns by chance.</summary>
    private const string Header = $"Path,Label,{LabelColumns.Number}";

    /// <summary>A UTF-8 encoding that throws for a name it can't write. The default would write another name.</summary>
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The characters for which a field needs quotes.</summary>
    private static readonly SearchValues<char> Special = SearchValues.Create(",;\t|\"\r\n");

    /// <summary>Writes the table, with paths relative to the table's folder and / between their parts.</summary>
    /// <param name="images">The set, or a part of one.</param>
    /// <param name="path">The file; its name ends in .csv.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <exception cref="PSTransferException">The images share files, the ending is wrong, or the file can't be written.</exception>
    public static void Write(LabeledImages images, string path, bool overwrite)
    {
        AtomicFile.RequireExtension(path, ".csv", "Path");
        if (images.Count > 0 && images.PathOf(0) is null)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"the images of '{images.Name}' lie in {images.Source} and have no file each, and a manifest names files. "
                + "Import them again from there, with the same -Class, -SamplesPerClass and -Seed.",
                images.Name);
        }

        var folder = Path.GetDirectoryName(AtomicFile.RequireFolder(path))!;
        AtomicFile.Write(path, overwrite, stream =>
        {
            try
            {
                using var text = new StreamWriter(stream, Strict, leaveOpen: true) { NewLine = "\n" };
                Write(images, folder, text);
            }
            catch (EncoderFallbackException half)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: a file or class has a name that isn't valid Unicode and can't be written. Rename it.",
                    path,
                    half);
            }
        });
    }

    private static void Write(LabeledImages images, string folder, TextWriter text)
    {
        text.WriteLine(Header);
        for (var label = 0; label < images.Classes.Count; label++)
        {
            // A class without images, as in a part of a split, still gets a row with its number.
            if (images.ClassCounts[label] == 0)
            {
                Line(string.Empty, label);
            }
        }

        for (var index = 0; index < images.Count; index++)
        {
            Line(Path.GetRelativePath(folder, images.PathOf(index)!).Replace(Path.DirectorySeparatorChar, '/'), images.LabelOf(index));
            YoungGarbage.Limit();
        }

        void Line(string file, int label) =>
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Quoted(file)},{Quoted(images.Classes[label])},{label}"));
    }

    /// <summary>Quotes a field by RFC 4180 if it needs quotes.</summary>
    private static string Quoted(string field) =>
        field.AsSpan().ContainsAny(Special) || field.AsSpan().Trim().Length < field.Length
            ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : field;
}
