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
/// <param name="Pack">Makes the file of it (compressed, or with its length in front) so that damage gets past the first check; null where they are the same.</param>
internal sealed record SampleFile(string Name, byte[] Content, Func<byte[], byte[]>? Pack = null)
{
    public byte[] Bytes => Pack?.Invoke(Content) ?? Content;

    public static SampleFile Of(string path) => new(Path.GetFileName(path), File.ReadAllBytes(path));

    public byte[] Damaged(Random random) =>
        Pack is null || random.Next(4) == 0 ? Mutation.Of(Bytes, random) : Pack(Mutation.Of(Content, random));
}
