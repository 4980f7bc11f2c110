namespace PSTransfer.Core.Tests.Data;

/// <summary>
/// A folder that is gone after the test. Its name has a blank, brackets and a letter outside ASCII, since users' names do.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"pstransfer data [ü] {Guid.NewGuid():N}");

    /// <summary>Writes a file, with the folders it needs, and says where.</summary>
    public string Write(string name, byte[] content)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
