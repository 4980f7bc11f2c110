namespace PSTransfer.Fuzz;

/// <summary>Where the fixtures are and failing inputs go.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "PSTransfer.sln")) ? folder : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("This program runs inside of the repository."));
}
