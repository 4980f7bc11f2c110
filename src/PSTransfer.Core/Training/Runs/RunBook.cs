using PSTransfer.Core.Files;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training.Logs;
using PSTransfer.Core.Training.Optimisation;

namespace PSTransfer.Core.Training.Runs;

/// <summary>What a run keeps of its epochs: the history, the best epoch's weights, the checkpoint, the logs.</summary>
internal sealed class RunBook : IDisposable
{
    private readonly TransferNetwork _network;
    private readonly TrainingOptions _options;
    private readonly RunPlan _plan;
    private readonly Action<string> _warn;
    private readonly List<EpochRecord> _history = [];
    private readonly WeightCopy? _best;
    private readonly Checkpoint? _checkpoint;
    private readonly FileLock? _checkpointLock;
    private EpochLog? _log;
    private EventFile? _events;
    private int _written;
    private int _logged;

    /// <summary>Opens checkpoint and logs; the model goes back to the checkpoint's state where the run is resumed.</summary>
    /// <exception cref="PSTransferException">The checkpoint belongs to another model, other images or other settings, or a log can't be written.</exception>
    public RunBook(TransferNetwork network, TrainingOptions options, RunPlan plan, Action<string> warn)
    {
        (_network, _options, _plan, _warn) = (network, options, plan, warn);
        try
        {
            // What can refuse the run comes before what changes the model.
            _log = options.LogPath is { } path ? new EpochLog(path) : null;
            _events = options.TensorBoardPath is { } folder ? new EventFile(folder) : null;
            _checkpointLock = options.CheckpointPath is { } checkpoint ? FileLock.Take(checkpoint, holder =>
                $"{checkpoint}: another run writes this checkpoint: {holder}. Wait until it has ended, or give this run another -CheckpointPath.") : null;
            WarnOfDoubts();
            _checkpoint = Checkpoint.Open(network, options, plan);
            _history.AddRange(_checkpoint?.History ?? []);
            (Resumed, _written, _logged) = (_history.Count, _history.Count, _history.Count);
            _best = options.RestoreBest ? new WeightCopy(network.State, "best") : null;
            WriteMissing();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The epochs of this run, those of the checkpoint included.</summary>
    public IReadOnlyList<EpochRecord> History => _history;

    /// <summary>How many of them were in the checkpoint.</summary>
    public int Resumed { get; }

    /// <summary>Gives a stage and the best epoch the checkpoint's tensors, where the stage had begun in it.</summary>
    /// <param name="state">A stage's, at its beginning.</param>
    /// <param name="updates">Made in the stage before the checkpoint.</param>
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

        // The next checkpoint takes its place, which Windows refuses while it is open.
        _checkpoint?.Dispose();
    }

    /// <summary>Adds an epoch while the model has the weights that it is judged by.</summary>
    public void Add(EpochRecord epoch)
    {
        _history.Add(epoch);
        if (EarlyStopping.Best(_history) == epoch)
        {
            _best?.Capture();
        }
    }

    /// <summary>Writes the epoch that was added last, with the model as the last step left it.</summary>
    /// <exception cref="PSTransferException">The checkpoint can't be written.</exception>
    public void Write(StageState state)
    {
        var epoch = _history[^1];
        _network.History = [.. _network.History, epoch];

        // Before the checkpoint, since nobody looks what is in the folder already: after a kill in between, a resumed run gives the same point again.
        Log(ref _events, _options.TensorBoardPath, events => events.Add(epoch));
        try
        {
            Checkpoint.Save(_network, _options.CheckpointPath, _plan.Identity, _history, [.. state.Tensors, .. _best?.State ?? []]);
            _written = epoch.Epoch;
        }
        catch (PSTransferException held) when (held.Kind == FaultKind.InUse)
        {
            // A backup or a virus scanner: a run of hours doesn't end for it.
            var resume = _written > 0 ? $"-Resume would go on from epoch {_written}" : "there is none yet";
            _warn($"{held.Message} The run goes on without the checkpoint of epoch {epoch.Epoch}; until a later one is written, {resume}.");
            return; // The log waits with it: a resumed run adds its lines behind those of its checkpoint.
        }
        catch (PSTransferException fault) when (fault.Kind is FaultKind.WriteFailed or FaultKind.NotFound)
        {
            var earlier = _written > 0 ? $" The checkpoint of epoch {_written} is as it was: -Resume goes on from it." : string.Empty;
            throw new PSTransferException(
                fault.Kind, $"{fault.Message} The run ends here. The model in memory has the weights after epoch {epoch.Epoch}: Export-TransferModel can save it elsewhere.{earlier}", fault.Target, fault);
        }

        WriteLog();
    }

    /// <summary>Gives the model the best epoch's weights, where they were asked for.</summary>
    /// <returns>That epoch; null where they weren't.</returns>
    public EpochRecord? RestoreBest()
    {
        _best?.Restore();
        return _best is null ? null : EarlyStopping.Best(_history);
    }

    /// <summary>The run has come to its end: what the log waited with is added.</summary>
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

    /// <summary>Tells where a second run could write the same files at once.</summary>
    private void WarnOfDoubts()
    {
        foreach (var doubt in new[] { _log?.Doubt, _checkpointLock?.Doubt }.OfType<string>())
        {
            _warn($"{doubt} So a second run that writes the same file isn't kept away from it.");
        }
    }

    /// <summary>Adds the epochs to the log that this run hasn't added yet.</summary>
    private void WriteLog() => Log(ref _log, _options.LogPath, log =>
    {
        for (; _logged < _history.Count; _logged++)
        {
            log.Add(_history[_logged], _options.TotalEpochs, _plan.StageOf(_history[..(_logged + 1)]));
        }
    });

    /// <summary>Adds to the log what it lacks of a resumed run: the process may have ended between checkpoint and log, or the log is new.</summary>
    private void WriteMissing() => Log(ref _log, _options.LogPath, log =>
    {
        for (var written = log.Count(_history); written < _history.Count; written++)
        {
            log.Add(_history[written], _options.TotalEpochs, _plan.StageOf(_history[..(written + 1)]));
        }
    });

    /// <summary>A log that can't be written any more doesn't end a run.</summary>
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
            _warn($"{AtomicFile.Unwritable(path!, e).Message} The run goes on without this log.");
            log.Dispose();
            log = null;
        }
    }
}
