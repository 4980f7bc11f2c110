using System.IO.Compression;

namespace PSTransfer.Fuzz;

/// <summary>A valid input: one file, or some that belong together in a folder, of which the first is opened.</summary>
internal sealed record Sample(params SampleFile[] Files)
{
    /// <summary>A single file.</summary>
    public static Sample Of(string path) => new(SampleFile.Of(path));

    /// <summary>All files of a folder, the named one first.</summary>
    public static Sample OfFolder(string folder, string first) =>
        new([.. Directory.GetFiles(folder).Order().OrderBy(path => Path.GetFileName(path) != first).Select(SampleFile.Of)]);
}

/// <summary>A file of a sample.</summary>
/// <param name="Content">What is worth damaging.</param>
/// <param name="Pack">Makes the file of it (compressed, or with its length in front) so that damage gets past the first check; null where
/// they are the same.</param>
internal sealed record SampleFile(string Name, byte[] Content, Func<byte[], byte[]>? Pack = null)
{
    public byte[] Bytes => Pack?.Invoke(Content) ?? Content;

    public static SampleFile Of(string path) => new(Path.GetFileName(path), File.ReadAllBytes(path));

    /// <summary>A zip archive, of which one member is worth damaging; its checksum follows.</summary>
    public static SampleFile OfMember(string path, string suffix)
    {
        using var archive = ZipFile.OpenRead(path);
        var members = archive.Entries.Select(entry => (entry.FullName, Content: Bytes(entry))).ToList();
        var damaged = members.First(member => member.FullName.EndsWith(suffix, StringComparison.Ordinal));
        return new SampleFile(
            Path.GetFileName(path),
            damaged.Content,
            content => Zip(members.Select(member => (member.FullName, member == damaged ? content : member.Content))));

        static byte[] Bytes(ZipArchiveEntry entry)
        {
            using var content = new MemoryStream();
            using var stream = entry.Open();
            stream.CopyTo(content);
            return content.ToArray();
        }
    }

    public byte[] Damaged(Random random) =>
        Pack is null || random.Next(4) == 0 ? Mutation.Of(Bytes, random) : Pack(Mutation.Of(Content, random));

    private static byte[] Zip(IEnumerable<(string Name, byte[] Content)> members)
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in members)
            {
                using var stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                stream.Write(content);
            }
        }

        return file.ToArray();
    }
}
