using System.Xml.Linq;

namespace PSTransfer.Pester.Tests.Help;

/// <summary>The module's MAML file as it lies in en-US.</summary>
internal static class HelpFile
{
    public static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    public static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    public static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The help of each cmdlet by its name.</summary>
    public static IReadOnlyDictionary<string, XElement> Topics { get; } =
        XDocument.Load(Path.Combine(Repository.Root, "en-US", "PSTransfer.Cmdlets.dll-Help.xml"))
            .Root!.Elements(Command + "command")
            .ToDictionary(topic => topic.Element(Command + "details")!.Element(Command + "name")!.Value);

    /// <summary>The code of each example of a cmdlet, in order.</summary>
    public static IReadOnlyList<string> Examples(string cmdlet) =>
        [.. Topics[cmdlet].Descendants(Command + "example").Select(example => example.Element(Dev + "code")!.Value)];
}
