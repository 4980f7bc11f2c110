using System.Diagnostics;
using System.Management.Automation;

namespace PSTransfer.Host;

/// <summary>
/// Progress as one line at the bottom of the terminal, rewritten in place and removed before anything else is written.
/// Without a terminal it writes nothing.
/// </summary>
internal sealed class ProgressLine(TextWriter? terminal)
{
    private const int BarWidth = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private long _drawn;
    private int _length;

    public void Show(ProgressRecord record, int width)
    {
        if (terminal is null)
        {
            return;
        }

        if (record.RecordType == ProgressRecordType.Completed)
        {
            Clear();
            return;
        }

        lock (_lock)
        {
            // A fast loop would otherwise spend its time drawing.
            if (_length > 0 && Stopwatch.GetElapsedTime(_drawn) < Interval)
            {
                return;
            }

            var text = Text(record, width - 1);
            terminal.Write('\r' + text.PadRight(_length));
            terminal.Flush();
            _length = text.Length;
            _drawn = Stopwatch.GetTimestamp();
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            if (_length > 0)
            {
                terminal!.Write('\r' + new string(' ', _length) + '\r');
                _length = 0;
            }
        }
    }

    private static string Text(ProgressRecord record, int width)
    {
        // What the activity is doing comes last: in a narrow terminal that is what is cut.
        var text = record.Activity;
        if (record.PercentComplete >= 0)
        {
            var full = BarWidth * record.PercentComplete / 100;
            text += $" [{new string('#', full)}{new string('.', BarWidth - full)}] {record.PercentComplete}%";
        }

        if (record.SecondsRemaining >= 0)
        {
            var left = TimeSpan.FromSeconds(record.SecondsRemaining);
            text += $", {(int)left.TotalMinutes}:{left.Seconds:00} left";
        }

        text += $": {record.StatusDescription}";
        return text.Length <= width ? text : text[..Math.Max(0, width)];
    }
}
