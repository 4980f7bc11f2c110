using System.Diagnostics;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Measures a run, and how long it will take yet: what is computed once before the steps doesn't count for that.</summary>
/// <param name="steps">Of the whole run.</param>
/// <param name="resumed">Steps that an earlier process took.</param>
internal sealed class RunClock(long steps, long resumed)
{
    private readonly Stopwatch _stepping = new();
    private readonly Stopwatch _whole = Stopwatch.StartNew();
    private long _taken;

    /// <summary>Wall time so far.</summary>
    public double Seconds => _whole.Elapsed.TotalSeconds;

    /// <summary>Steps are taken from now on, or no longer.</summary>
    public void Stepping(bool begins)
    {
        if (begins)
        {
            _stepping.Start();
        }
        else
        {
            _stepping.Stop();
        }
    }

    /// <summary>A step was taken.</summary>
    /// <returns>Seconds to the end.</returns>
    public double Step() => _stepping.Elapsed.TotalSeconds / ++_taken * (steps - resumed - _taken);
}
