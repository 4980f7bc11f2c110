using PSTransfer.Core.Models;
using PSTransfer.Core.Training.Runs;

namespace PSTransfer;

/// <summary>An observer made of delegates, for tests and benchmarks.</summary>
internal sealed class Observing(
    Action<TrainingProgress>? stepped = null,
    Action<string>? warned = null,
    Action<EpochRecord>? epochDone = null,
    Action<string, double>? preparing = null,
    Action<string>? told = null) : RunObserver
{
    /// <inheritdoc/>
    public override void Preparing(string what, double share) => preparing?.Invoke(what, share);

    /// <inheritdoc/>
    public override void Stepped(TrainingProgress progress) => stepped?.Invoke(progress);

    /// <inheritdoc/>
    public override void EpochDone(EpochRecord epoch) => epochDone?.Invoke(epoch);

    /// <inheritdoc/>
    public override void Warned(string text) => warned?.Invoke(text);

    /// <inheritdoc/>
    public override void Told(string text) => told?.Invoke(text);
}
