using System.Globalization;
using System.Management.Automation;
using System.Xml.Linq;

namespace PSTransfer.Pester.Tests.Help;

/// <summary>The help says of each cmdlet's parameters what the cmdlet itself says, no more and no less.</summary>
public sealed class HelpTests : IClassFixture<HelpTests.ImportedModule>
{
    private static readonly Dictionary<Type, string> ShortNames = new()
    {
        [typeof(int)] = "int",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(int[])] = "int[]",
        [typeof(string[])] = "string[]",
    };

    private readonly ImportedModule _module;

    public HelpTests(ImportedModule module) => _module = module;

    public static TheoryData<string> Cmdlets => [.. HelpFile.Topics.Keys];

    [Fact]
    public void Each_cmdlet_of_the_module_has_help() =>
        Assert.Equal(_module.Commands.Keys.Order(StringComparer.Ordinal), HelpFile.Topics.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Get_Help_finds_text_and_at_least_two_examples(string cmdlet)
    {
        var help = _module.Session.Run("Get-Help $args[0] -Full", cmdlet).Single();

        Assert.Equal(Text(HelpFile.Topics[cmdlet].Element(HelpFile.Command + "details")!), (string)help.Properties["Synopsis"].Value);
        Assert.NotEmpty(Text(HelpFile.Topics[cmdlet].Element(HelpFile.Maml + "description")!));
        Assert.True(HelpFile.Examples(cmdlet).Count >= 2);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Parameters_are_those_of_the_cmdlet(string cmdlet)
    {
        var parameters = HelpFile.Topics[cmdlet].Element(HelpFile.Command + "parameters")!
            .Elements(HelpFile.Command + "parameter")
            .ToList();
        var expected = _module.Commands[cmdlet].ParameterSets.SelectMany(Own).Select(parameter => Describe(parameter)).Distinct();

        Assert.Equal(expected.Order(StringComparer.Ordinal), parameters.Select(Describe).Order(StringComparer.Ordinal));
        Assert.All(parameters, parameter => Assert.NotEmpty(Text(parameter.Element(HelpFile.Maml + "description")!)));
        Assert.All(parameters, parameter => Assert.NotEmpty(parameter.Element(HelpFile.Dev + "defaultValue")!.Value));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Syntax_is_that_of_the_parameter_sets(string cmdlet)
    {
        var sets = HelpFile.Topics[cmdlet].Descendants(HelpFile.Command + "syntaxItem").ToList();
        var expected = _module.Commands[cmdlet].ParameterSets.OrderByDescending(set => set.IsDefault).ToList();

        Assert.Equal(expected.Count, sets.Count);
        foreach (var (set, item) in expected.Zip(sets))
        {
            Assert.Equal(cmdlet, item.Element(HelpFile.Maml + "name")!.Value);
            Assert.Equal(
                Own(set).Select(Attributes).Order(StringComparer.Ordinal),
                item.Elements(HelpFile.Command + "parameter").Select(Attributes).Order(StringComparer.Ordinal));
            Assert.All(Own(set), parameter => Assert.Equal(ValueInSyntax(parameter), ValueInSyntax(item, parameter.Name)));
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Descriptions_name_every_value_of_a_closed_set(string cmdlet)
    {
        foreach (var parameter in _module.Commands[cmdlet].ParameterSets.SelectMany(Own))
        {
            var help = HelpFile.Topics[cmdlet].Element(HelpFile.Command + "parameters")!.Elements(HelpFile.Command + "parameter")
                .Single(element => element.Element(HelpFile.Maml + "name")!.Value == parameter.Name);
            var words = Text(help.Element(HelpFile.Maml + "description")!).Split([' ', ',', '.', ':', ';', '(', ')']);
            Assert.All(Values(parameter), value => Assert.Contains(value, words));
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Related_links_lead_somewhere(string cmdlet) =>
        Assert.All(
            HelpFile.Topics[cmdlet].Descendants(HelpFile.Maml + "linkText"),
            link =>
                Assert.True(
                    link.Value == "about_PSTransfer" || (link.Value != cmdlet && _module.Commands.ContainsKey(link.Value)), link.Value));

    [Fact]
    public void Set_FreezeMode_names_every_era()
    {
        const string Complete = "(TabExpansion2 'Set-FreezeMode -Framework ' -cursorColumn 26).CompletionMatches.CompletionText";
        var eras = _module.Session.Run(Complete).Select(era => era.ToString()!).ToList();
        var lines = Text(HelpFile.Topics["Set-FreezeMode"].Element(HelpFile.Maml + "description")!).Split('\n');

        Assert.Equal(12, eras.Count);
        Assert.All(eras, era => Assert.Equal(2, lines.Count(line => line.StartsWith(era + " ", StringComparison.Ordinal))));
    }

    [Fact]
    public void About_topic_is_found_and_fits_a_console()
    {
        var about = (string)_module.Session.Run("Get-Help about_PSTransfer").Single().BaseObject;

        Assert.Contains("Set-FreezeMode", about, StringComparison.Ordinal);
        Assert.All(about.Split('\n'), line => Assert.True(line.TrimEnd('\r').Length <= 78, line));
    }

    private static IEnumerable<CommandParameterInfo> Own(CommandParameterSetInfo set) => set.Parameters.Where(parameter =>
        !Cmdlet.CommonParameters.Contains(parameter.Name));

    private static string Describe(CommandParameterInfo parameter) =>
        $"{Attributes(parameter)} type={TypeOf(parameter).FullName} short={ShortName(parameter)}";

    private static string Describe(XElement parameter) =>
        $"{Attributes(parameter)} type={parameter.Element(HelpFile.Dev + "type")!.Element(HelpFile.Maml + "name")!.Value} "
        + $"short={parameter.Element(HelpFile.Command + "parameterValue")!.Value}";

    private static string Attributes(CommandParameterInfo parameter)
    {
        string[] sources = [.. new[]
        {
            parameter.ValueFromPipeline ? "ByValue" : "", parameter.ValueFromPipelineByPropertyName ? "ByPropertyName" : ""
        }.Where(
            source => source.Length > 0)];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{parameter.Name} required={(parameter.IsMandatory ? "true" : "false")} "
            + $"position={(parameter.Position < 0 ? "named" : parameter.Position)} "
            + $"pipeline={(sources.Length > 0 ? $"True ({string.Join(", ", sources)})" : "False")} "
            + $"aliases={(parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none")} "
            + $"list={(parameter.ParameterType.IsArray ? "true" : "false")} "
            + $"wildcards={(parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any() ? "true" : "false")}");
    }

    private static string Attributes(XElement parameter) =>
        $"{parameter.Element(HelpFile.Maml + "name")!.Value} required={parameter.Attribute("required")!.Value} "
        + $"position={parameter.Attribute("position")!.Value} pipeline={parameter.Attribute("pipelineInput")!.Value} "
        + $"aliases={parameter.Attribute("aliases")!.Value} list={parameter.Attribute("variableLength")!.Value} "
        + $"wildcards={parameter.Attribute("globbing")!.Value}";

    private static Type TypeOf(CommandParameterInfo parameter) =>
        Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;

    private static string ShortName(CommandParameterInfo parameter) =>
        ShortNames.GetValueOrDefault(TypeOf(parameter), TypeOf(parameter).Name);

    private static IEnumerable<string> Values(CommandParameterInfo parameter)
    {
        var type = TypeOf(parameter);
        type = type.GetElementType() ?? type;
        return type.IsEnum ? Enum.GetNames(type) : parameter.Attributes.OfType<ValidateSetAttribute>().SelectMany(set => set.ValidValues);
    }

    private static string ValueInSyntax(CommandParameterInfo parameter) =>
        parameter.ParameterType == typeof(SwitchParameter) ? ""
        : Values(parameter).Any() ? string.Join('|', Values(parameter).Order(StringComparer.Ordinal))
        : ShortName(parameter);

    private static string ValueInSyntax(XElement item, string parameter) => string.Join('|', item.Elements(HelpFile.Command + "parameter")
        .Single(element => element.Element(HelpFile.Maml + "name")!.Value == parameter)
        .Descendants(HelpFile.Command + "parameterValue").Select(value => value.Value).Order(StringComparer.Ordinal));

    private static string Text(XElement element) =>
        string.Join("\n", element.Descendants(HelpFile.Maml + "para").Select(paragraph => paragraph.Value.Trim()));

    /// <summary>The module and its commands, asked for once.</summary>
    public sealed class ImportedModule : IDisposable
    {
        public ImportedModule() => Commands = Session.Run("Get-Command -Module PSTransfer")
            .Select(command => (CommandInfo)command.BaseObject).ToDictionary(command => command.Name);

        internal ModuleSession Session { get; } = new();

        internal IReadOnlyDictionary<string, CommandInfo> Commands { get; }

        public void Dispose() => Session.Dispose();
    }
}
