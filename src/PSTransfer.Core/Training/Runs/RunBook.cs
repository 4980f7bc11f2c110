using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training.Logs;
using PSTransfer.Core.Training.Optimisation;

namespace PSTransfer.Core.Training.Runs;

/// <summary>Keeps the epochs of a run: the history, the best epoch's weights, the checkpoint and the logs.</summary>
internal sealed class RunBook : IDisposable
{
    private readonly TransferNetwork _network;
    private readonly TrainingOptions _options;
    private readonly RunPlan _plan;
    private readonly RunObserver _observer;
    private readonly List<EpochRecord> _history = [];
    private readonly WeightCopy? _best;
    private readonly Checkpoint? _checkpoint;
    private readonly FileLock? _checkpointLock;
    private EpochLog? _log;
    private EventFile? _events;
    private int _written;
    private int _logged;

    /// <summary>Opens checkpoint and logs. If the run is resumed, the model goes back to the checkpoint's state.</summary>
    /// <exception cref="PSTransferException">The checkpoint belongs to another model, other images or other settings, or a log can't be
    /// written.</exception>
    public RunBook(TransferNetwork network, TrainingOptions options, RunPlan plan, RunObserver observer)
    {
        (_network, _options, _plan, _observer) = (network, options, plan, observer);
        try
        {
            // Whatever can refuse the run comes before anything that changes the model.
            _log = options.LogPath is { } path ? new EpochLog(path) : null;
            _events = options.TensorBoardPath is { } folder ? new EventFile(folder) : null;
            _checkpointLock = options.CheckpointPath is { } checkpoint
                ? FileLock.Take(checkpoint, holder =>
                    $"{checkpoint}: another run writes this checkpoint: {holder}. "
                    + $"Wait until it has ended, or give this run another {Option.Name("CheckpointPath")}.")
                : null;
            WarnOfDoubts();
            _checkpoint = Checkpoint.Open(network, options, plan);
            _history.AddRange(_checkpoint?.History ?? []);
            (Resumed, _written) = (_history.Count, _history.Count);
            _best = options.RestoreBest ? new WeightCopy(network.State, "best") : null;
            WriteMissing();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The epochs of this run with the numbers of their stages, those of the checkpoint included.</summary>
    public IReadOnlyList<EpochRecord> History => _history;

    /// <summary>The number of epochs that came from the checkpoint.</summary>
    public int Resumed { get; }

    /// <summary>Reads the tensors of a stage and of the best epoch from the checkpoint, if the stage had begun in it.</summary>
    /// <param name="state">The stage's state, as new.</param>
    /// <param name="updates">The updates that the stage had made before the checkpoint.</param>
    public void Restore(StageState state, int updates)
    {
        if (updates > 0)
        {
            state.Restore(updates, _checkpoint!.Read);
            foreach (var (name, tensor) in _best?.State ?? [])
            {
                _checkpoint.Read(name, tensor);
            }
        }

        // The next checkpoint replaces the file, which Windows refuses while it is open.
        _checkpoint?.Dispose();
    }

    /// <summary>Adds an epoch. The model must have the weights that the epoch was validated with, for it may be the best.</summary>
    public void Add(EpochRecord epoch)
    {
        _history.Add(epoch);
        if (EarlyStopping.Best(_history) == epoch)
        {
            _best?.Capture();
        }
    }

    /// <summary>Writes the epoch that was added last. The model must be as the last step left it.</summary>
    /// <exception cref="PSTransferException">The checkpoint can't be written.</exception>
    public void Write(StageState state)
    {
        var epoch = _history[^1];
        _network.History = [.. _network.History, epoch];

        // Before the checkpoint, because a resumed run doesn't look for points that are missing here. After a kill in between, it writes
        // the same point twice, which does no harm.
        Log(ref _events, _options.TensorBoardPath, events => events.Add(epoch));
        try
        {
            Checkpoint.Save(_network, _options.CheckpointPath, _plan.Identity, _history, [.. state.Tensors, .. _best?.State ?? []]);
            _written = epoch.Epoch;
        }
        catch (PSTransferException held) when (held.Kind == FaultKind.InUse)
        {
            // A backup or a virus scanner reads the file, and a run of hours doesn't end for that.
            var resume = _written > 0 ? $"{Option.Name("Resume")} would go on from epoch {_written}" : "there is none yet";
            _observer.Warned(
                $"{held.Message} The run goes on without the checkpoint of epoch {epoch.Epoch}; until a later one is written, {resume}.");
            return; // The log waits for the checkpoint, because a resumed run begins its lines after the checkpoint's last epoch.
        }
        catch (PSTransferException fault) when (fault.Kind is FaultKind.WriteFailed or FaultKind.NotFound)
        {
            var earlier = _written > 0
                ? $" The checkpoint of epoch {_written} is as it was: {Option.Name("Resume")} goes on from it."
                : string.Empty;
            throw new PSTransferException(
                fault.Kind,
                $"{fault.Message} The run ends here. The model in memory has the weights after epoch {epoch.Epoch}: "
                + $"Export-TransferModel can save it elsewhere.{earlier}",
                fault.Target,
                fault);
        }

        WriteLog();
    }

    /// <summary>Gives the model the best epoch's weights, if the options ask for that.</summary>
    /// <returns>The best epoch; null if the options don't ask for it.</returns>
    public EpochRecord? RestoreBest()
    {
        _best?.Restore();
        return _best is null ? null : EarlyStopping.Best(_history);
    }

    /// <summary>Ends the run's log with the epochs whose checkpoint couldn't be written.</summary>
    public void Finish() => WriteLog();

    /// <inheritdoc/>
    public void Dispose()
    {
        _checkpoint?.Dispose();
        _best?.Dispose();
        _log?.Dispose();
        _events?.Dispose();
        _checkpointLock?.Dispose();
    }

    /// <summary>Warns of each file that a second run could write at the same time.</summary>
    private void WarnOfDoubts()
    {
        foreach (var doubt in new[] { _log?.Doubt, _checkpointLock?.Doubt }.OfType<string>())
        {
            _observer.Warned($"{doubt} So a second run that writes the same file isn't kept away from it.");
        }
    }

    /// <summary>Adds the checkpoint's epochs that the log lacks: the log is new, or the process ended between checkpoint and log.</summary>
    private void WriteMissing()
    {
        Log(ref _log, _options.LogPath, log => _logged = log.Count(_history));
        WriteLog();
    }

    /// <summary>Adds the epochs that the log lacks.</summary>
    private void WriteLog() => Log(ref _log, _options.LogPath, log =>
    {
        for (; _logged < _history.Count; _logged++)
        {
            log.Add(_history[_logged], _options.TotalEpochs);
        }
    });

    /// <summary>Writes to a log. A log that can't be written any more is closed, and the run goes on.</summary>
    private void Log<T>(ref T? log, string? path, Action<T> write)
        where T : class, IDisposable
    {
        if (log is null)
        {
            return;
        }

        try
        {
            write(log);
        }
        catch (Exception e) when (AtomicFile.IsFault(e))
        {
            _observer.Warned($"{AtomicFile.Unwritable(path!, e).Message} The run goes on without this log.");
            log.Dispose();
            log = null;
        }
    }
}
