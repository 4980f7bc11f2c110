namespace PSTransfer.Pester.Tests.Running;

/// <summary>The folder behind $TestDrive: fresh for each file, and what a block wrote is gone when the block ends, as in Pester.</summary>
public sealed class TestDrive : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pester-").FullName;

    public IReadOnlySet<string> List() => Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories).ToHashSet();

    public void RemoveAllBut(IReadOnlySet<string> kept)
    {
        // Children sort after their folder, so the longest paths go first.
        foreach (var path in List().Except(kept).OrderByDescending(p => p.Length))
        {
            if (File.GetAttributes(path).HasFlag(FileAttributes.Directory))
            {
                Directory.Delete(path);
            }
            else
            {
                File.Delete(path);
            }
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
