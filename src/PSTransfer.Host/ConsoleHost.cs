using System.Globalization;
using System.Management.Automation.Host;

namespace PSTransfer.Host;

/// <summary>Connects the engine with the console: who the host is, its culture, its user interface and the code of "exit".</summary>
internal sealed class ConsoleHost : PSHost
{
    public ConsoleHost()
    {
        var terminal = !System.Console.IsOutputRedirected && !System.Console.IsErrorRedirected
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        PlainText = !terminal || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        Progress = new ProgressLine(terminal ? System.Console.Out : null);
        Console = new ConsoleInterface(Progress, colours: !PlainText);
    }

    /// <summary>No colour and no other escape sequences: the output goes into a pipe or a file, or the user wishes so.</summary>
    public bool PlainText { get; }

    public ProgressLine Progress { get; }

    public ConsoleInterface Console { get; }

    /// <summary>The n of the "exit n" that ended the run, else 0.</summary>
    public int ExitCode { get; private set; }

    public override string Name => "PSTransferHost";

    public override Version Version { get; } = typeof(ConsoleHost).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    // Numbers are printed the same on every machine, with a point. English rather than the invariant culture, in which the engine
    // wraps long lines in the middle of words.
    public override CultureInfo CurrentCulture { get; } = English();

    public override CultureInfo CurrentUICulture => CurrentCulture;

    public override PSHostUserInterface UI => Console;

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw ConsoleInterface.NotInteractive("a nested prompt");

    public override void ExitNestedPrompt() => throw ConsoleInterface.NotInteractive("a nested prompt");

    private static CultureInfo English()
    {
        try
        {
            var english = (CultureInfo)CultureInfo.GetCultureInfo("en-US").Clone();
            english.NumberFormat = NumberFormatInfo.InvariantInfo;
            return CultureInfo.ReadOnly(english);
        }
        catch (CultureNotFoundException)
        {
            return CultureInfo.InvariantCulture; // a machine without ICU, where .NET was told to do without
        }
    }

    // Programs that a script starts share the console as it is: nothing to prepare and nothing to restore.
    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }
}
