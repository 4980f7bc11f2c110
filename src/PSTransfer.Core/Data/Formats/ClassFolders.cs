namespace PSTransfer.Core.Data.Formats;

/// <summary>The class folders of an image folder.</summary>
public static class ClassFolders
{
    /// <summary>The names of the class folders, in the order of labels.</summary>
    /// <exception cref="PSTransferException">The folder can't be read.</exception>
    public static IReadOnlyList<string> Of(string path) =>
    [
        .. FolderListing.Of(path)
            .Where(entry => entry is { IsFolder: true, Fault: null } && !Litter.IsFolder(entry.Name))
            .Select(entry => entry.Name)
            .Order(StringComparer.Ordinal),
    ];
}
