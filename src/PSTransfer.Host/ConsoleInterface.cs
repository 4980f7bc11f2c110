using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;

namespace PSTransfer.Host;

/// <summary>
/// Writes what the engine shows: errors to stderr, everything else to stdout, as pwsh does. It asks nothing: a script that
/// needs an answer fails with a sentence that says what was asked.
/// </summary>
internal sealed class ConsoleInterface(ProgressLine progress, bool colours) : PSHostUserInterface
{
    /// <summary>Whatever is written goes to stderr: the view of the error that ended a script is output to the engine.</summary>
    public bool AllToStderr { get; set; }

    public override PSHostRawUserInterface RawUI { get; } = new ConsoleWindow();

    public override bool SupportsVirtualTerminal => colours;

    public static HostException NotInteractive(string asked) =>
        new($"The script asks for {asked}, but this host is not interactive. Give the value as a parameter, or -Confirm:$false for a confirmation.");

    public override void Write(string value) => Print(Output, value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
    {
        if (!colours)
        {
            Write(value);
            return;
        }

        progress.Clear();
        if (Enum.IsDefined(foregroundColor))
        {
            Console.ForegroundColor = foregroundColor;
        }

        // The engine says black when it isn't told: on a light terminal that would be a bar.
        if (Enum.IsDefined(backgroundColor) && backgroundColor != ConsoleColor.Black)
        {
            Console.BackgroundColor = backgroundColor;
        }

        Output.Write(value);
        Console.ResetColor();
    }

    public override void WriteLine(string value) => Print(Output, value + Environment.NewLine);

    public override void WriteErrorLine(string value) => Print(Console.Error, value + Environment.NewLine);

    public override void WriteWarningLine(string message) => Labelled("WARNING: ", message, PSStyle.Instance.Formatting.Warning);

    public override void WriteVerboseLine(string message) => Labelled("VERBOSE: ", message, PSStyle.Instance.Formatting.Verbose);

    public override void WriteDebugLine(string message) => Labelled("DEBUG: ", message, PSStyle.Instance.Formatting.Debug);

    public override void WriteProgress(long sourceId, ProgressRecord record) => progress.Show(record, RawUI.WindowSize.Width);

    public override string ReadLine() => throw NotInteractive("a line of input");

    public override SecureString ReadLineAsSecureString() => throw NotInteractive("a password");

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw NotInteractive(string.Join(", ", descriptions.Select(d => d.Name)));

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        throw NotInteractive($"a choice ({caption} {message})");

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw NotInteractive("a user name and a password");

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw NotInteractive("a user name and a password");

    private TextWriter Output => AllToStderr ? Console.Error : Console.Out;

    private void Labelled(string label, string message, string style) =>
        WriteLine(colours ? style + label + message + PSStyle.Instance.Reset : label + message);

    private void Print(TextWriter writer, string text)
    {
        progress.Clear();
        writer.Write(colours ? text : new StringDecorated(text).ToString(OutputRendering.PlainText));
    }
}
