namespace PSTransfer.Core.Models;

/// <summary>
/// Keeps commands that use one model apart: any number may read it, or one may change it. A second command is refused at once and doesn't
/// wait, since the first may take hours. A hold belongs to its thread. The thread may take further holds, since a pipeline runs on one
/// thread.
/// </summary>
internal sealed class ModelUse(Func<string> name, Action free)
{
    private readonly Lock _lock = new();
    private readonly List<Hold> _holds = [];

    /// <summary>Whether the model was disposed. Its tensors live on until the last hold ends.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Begins work that doesn't change the model.</summary>
    /// <param name="activity">The work, as the model undergoes it: "being measured".</param>
    /// <exception cref="PSTransferException">InvalidOperation: another thread changes the model, or it was disposed.</exception>
    public IDisposable Read(string activity) => Enter(activity, changes: false);

    /// <summary>Begins work that changes the model.</summary>
    /// <param name="activity">The work, as the model undergoes it: "being trained".</param>
    /// <exception cref="PSTransferException">InvalidOperation: another thread works with the model, or it was disposed.</exception>
    public IDisposable Change(string activity) => Enter(activity, changes: true);

    /// <summary>Refuses all further work, and frees the tensors when the last hold ends.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!IsDisposed)
            {
                IsDisposed = true;
                FreeUnheld();
            }
        }
    }

    /// <summary>Refuses a disposed model.</summary>
    /// <exception cref="PSTransferException">InvalidOperation: the model was disposed.</exception>
    public void ThrowIfDisposed()
    {
        if (IsDisposed)
        {
            throw new PSTransferException(
                FaultKind.InvalidOperation,
                $"The model '{name()}' was disposed and holds no weights any more. Make or import it again.",
                name());
        }
    }

    private Hold Enter(string activity, bool changes)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            var thread = Environment.CurrentManagedThreadId;
            if (_holds.Find(hold => hold.Thread != thread && (changes || hold.Changes)) is { } other)
            {
                throw new PSTransferException(
                    FaultKind.InvalidOperation,
                    $"The model '{name()}' is {other.Activity} by another command, in another runspace or job. "
                    + "Wait until that has ended, or give each command a model of its own beforehand (Copy-TransferModel).",
                    name());
            }

            var hold = new Hold(this, activity, changes, thread);
            _holds.Add(hold);
            return hold;
        }
    }

    private void Leave(Hold hold)
    {
        lock (_lock)
        {
            if (_holds.Remove(hold) && IsDisposed)
            {
                FreeUnheld();
            }
        }
    }

    private void FreeUnheld()
    {
        if (_holds.Count == 0)
        {
            free();
        }
    }

    private sealed class Hold(ModelUse use, string activity, bool changes, int thread) : IDisposable
    {
        public string Activity => activity;

        public bool Changes => changes;

        public int Thread => thread;

        public void Dispose() => use.Leave(this);
    }
}
