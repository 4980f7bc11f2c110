using System.Text;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Formats;

/// <summary>A text file of class names, a line each in the order of labels.</summary>
internal static class NamesFile
{
    /// <summary>The most bytes that are read. A thousand names have some ten thousand.</summary>
    public const int MostBytes = 1 << 16;

    /// <exception cref="PSTransferException">The file is too long, or holds an empty name or one twice.</exception>
    public static string[] Read(string path)
    {
        using var file = BinaryFile.Open(path);
        if (file.Length > MostBytes)
        {
            throw BinaryFile.Broken(path, $"expected class names, a line each, in {MostBytes} bytes at most, found {file.Length} bytes");
        }

        var text = new byte[file.Length];
        BinaryFile.ReadExactly(file, text, path, "its end");
        return Parse(text, path);
    }

    /// <summary>
    /// Reads the names from the content of such a file. An empty line is refused, since all names after it would get the wrong label.
    /// </summary>
    public static string[] Parse(byte[] content, string path)
    {
        using var reader = new StreamReader(new MemoryStream(content), Encoding.UTF8);
        var text = reader.ReadToEnd().TrimEnd();
        string[] names = text.Length == 0 ? [] : [.. text.Split('\n').Select(line => line.Trim())];
        if (names.Index().FirstOrDefault(line => line.Item.Length == 0) is { Item: "" } empty)
        {
            throw BinaryFile.Broken(path, $"line {empty.Index + 1} is empty: expected a class name in each line, from label 0 on");
        }

        return names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw BinaryFile.Broken(path, $"the class name '{Printable.Text(twice.Key)}' is there twice")
            : names;
    }
}
