using System.Management.Automation.Host;

namespace PSTransfer.Host;

/// <summary>The size and title of the console; views ask for the width. Screen buffers and keys are not for scripts.</summary>
internal sealed class ConsoleWindow : PSHostRawUserInterface
{
    /// <summary>The width of tables in a pipe or a file, in characters.</summary>
    private const int PipeWidth = 120;

    public override ConsoleColor ForegroundColor { get; set; } = (ConsoleColor)(-1);

    public override ConsoleColor BackgroundColor { get; set; } = (ConsoleColor)(-1);

    public override Size BufferSize
    {
        get => WindowSize;
        set => throw NotSupported();
    }

    public override Size WindowSize
    {
        get => Console.IsOutputRedirected || Console.WindowWidth <= 0
            ? new Size(PipeWidth, 50)
            : new Size(Console.WindowWidth, Console.WindowHeight);
        set => throw NotSupported();
    }

    public override Size MaxWindowSize => WindowSize;

    public override Size MaxPhysicalWindowSize => WindowSize;

    public override string WindowTitle { get; set; } = "PSTransfer";

    public override bool KeyAvailable => false;

    public override int CursorSize
    {
        get => throw NotSupported();
        set => throw NotSupported();
    }

    public override Coordinates CursorPosition
    {
        get => throw NotSupported();
        set => throw NotSupported();
    }

    public override Coordinates WindowPosition
    {
        get => default;
        set => throw NotSupported();
    }

    public override void FlushInputBuffer()
    {
    }

    public override KeyInfo ReadKey(ReadKeyOptions options) => throw ConsoleInterface.NotInteractive("a key");

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw NotSupported();

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw NotSupported();

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw NotSupported();

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw NotSupported();

    private static NotSupportedException NotSupported() => new("This host can't move the cursor or change the window.");
}
