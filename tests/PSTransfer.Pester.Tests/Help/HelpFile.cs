using System.Xml.Linq;

namespace PSTransfer.Pester.Tests.Help;

/// <summary>The module's MAML file as it lies in en-US.</summary>
internal static class HelpFile
{
    public static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    public static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    public static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The folder with PSTransfer.psd1: the clone, which is the module.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The help of each cmdlet by its name.</summary>
    public static IReadOnlyDictionary<string, XElement> Topics { get; } =
        XDocument.Load(Path.Combine(Root, "en-US", "PSTransfer.Cmdlets.dll-Help.xml"))
            .Root!.Elements(Command + "command")
            .ToDictionary(topic => topic.Element(Command + "details")!.Element(Command + "name")!.Value);

    /// <summary>The code of each example of a cmdlet, in order.</summary>
    public static IReadOnlyList<string> Examples(string cmdlet) =>
        [.. Topics[cmdlet].Descendants(Command + "example").Select(example => example.Element(Dev + "code")!.Value)];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PSTransfer.psd1")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No PSTransfer.psd1 above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
