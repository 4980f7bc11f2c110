namespace PSTransfer;

/// <summary>The clone that a test, a benchmark or another program of the repository was built from.</summary>
internal static class Repository
{
    /// <summary>The folder of PSTransfer.sln.</summary>
    public static string Root { get; } = Above(AppContext.BaseDirectory);

    /// <summary>The module's manifest.</summary>
    public static string Module => Path.Combine(Root, "PSTransfer.psd1");

    private static string Above(string folder) => File.Exists(Path.Combine(folder, "PSTransfer.sln"))
        ? folder
        : Above(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("This program runs inside of the repository."));
}
