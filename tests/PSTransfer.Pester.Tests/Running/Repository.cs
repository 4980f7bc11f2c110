namespace PSTransfer.Pester.Tests.Running;

/// <summary>Where things are in the clone that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string Module => Path.Combine(Root, "PSTransfer.psd1");

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "PSTransfer.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
