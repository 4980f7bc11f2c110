using System.Diagnostics;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Measures the time of a run, and estimates the time left from the time of its steps and validations.</summary>
/// <param name="steps">The steps of the whole run.</param>
/// <param name="resumed">The steps that an earlier process took.</param>
internal sealed class RunClock(long steps, long resumed)
{
    private readonly Stopwatch _stepping = new();
    private readonly Stopwatch _whole = Stopwatch.StartNew();
    private long _taken;

    /// <summary>The wall time so far.</summary>
    public double Seconds => _whole.Elapsed.TotalSeconds;

    /// <summary>Begins or ends the time that counts for the estimate. Preparation before the steps doesn't count.</summary>
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

    /// <summary>Counts a step.</summary>
    /// <returns>The estimated seconds until the run ends.</returns>
    public double Step() => _stepping.Elapsed.TotalSeconds / ++_taken * (steps - resumed - _taken);
}
