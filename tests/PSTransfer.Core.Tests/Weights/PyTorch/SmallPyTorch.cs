using System.IO.Compression;

namespace PSTransfer.Core.Tests.Weights.PyTorch;

/// <summary>The files of tests/Fixtures/pytorch/make.py, and archives made of other pickles.</summary>
internal static class SmallPyTorch
{
    public static string File(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "pytorch", name);

    /// <summary>An archive like torch.save's; entries that aren't packed lie in it as they are.</summary>
    public static byte[] Zip(IEnumerable<(string Name, byte[] Content)> entries, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>An archive of a pickle alone, or with one storage "0" of as many bytes as given.</summary>
    public static byte[] Zip(byte[] pickle, int storage = 0) => Zip([("archive/data.pkl", pickle), ("archive/data/0", new byte[storage])]);

    /// <summary>The entries of a fixture.</summary>
    public static List<(string Name, byte[] Content)> Entries(string file)
    {
        using var archive = ZipFile.OpenRead(File(file));
        return [.. archive.Entries.Select(entry => (entry.FullName, Content(entry)))];
    }

    /// <summary>Bytes of text and numbers, for pickles by hand: Bytes(0x80, 2, "cposix\nsystem\n", '.').</summary>
    public static byte[] Bytes(params object[] parts) => [.. parts.SelectMany(part => part switch
    {
        string text => Encoding.Latin1.GetBytes(text),
        byte[] bytes => bytes,
        char letter => [(byte)letter],
        _ => [Convert.ToByte(part, null)],
    })];

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
