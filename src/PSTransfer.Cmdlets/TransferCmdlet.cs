using System.Diagnostics;
using System.Management.Automation;
using PSTransfer.Core;
using PSTransfer.Core.Native;
using PSTransfer.Core.Training;
using PSTransfer.Core.Weights.Published;

namespace PSTransfer;

/// <summary>What all cmdlets share: cancellation, progress on the pipeline's thread, one way for errors, paths.</summary>
public abstract class TransferCmdlet : PSCmdlet, IDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly Stopwatch _sinceProgress = new();

    /// <summary>Cancelled by Ctrl+C and Stop().</summary>
    protected CancellationToken Token => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of what the cmdlet holds; what its work has freed goes back to the system.</summary>
    protected virtual void Dispose(bool disposing)
    {
        _stop.Dispose();
        LibTorch.ReleaseMemory();
    }

    /// <summary>What comes before all input.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>The work for one pipeline input.</summary>
    protected abstract void Execute();

    /// <summary>The work that is left when all input has come.</summary>
    protected virtual void Finish()
    {
    }

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => Guard(Begin);

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Guard(Execute);

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guard(Finish);

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _stop.Cancel();

    /// <summary>Writes a warning. Texts may hold names from files: what a terminal would obey is escaped here, once for all cmdlets.</summary>
    protected new void WriteWarning(string text) => base.WriteWarning(Printable.Lines(text));

    /// <summary>The same for what -Verbose shows.</summary>
    protected new void WriteVerbose(string text) => base.WriteVerbose(Printable.Lines(text));

    /// <summary>The same for what -WhatIf and -Confirm show.</summary>
    protected new bool ShouldProcess(string target, string action) => base.ShouldProcess(Printable.Line(target), Printable.Line(action));

    /// <summary>The full path of a file to write, whether or not it exists.</summary>
    protected string ResolveTarget(string path)
    {
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        RequireFileSystem(provider, path);
        return full;
    }

    /// <summary>The same as <see cref="ResolveSources"/>; wildcards that match nothing are an error.</summary>
    protected IReadOnlyList<string> RequireSources(string path, bool literal)
    {
        var found = ResolveSources(path, literal).ToList();
        return found.Count > 0 ? found : throw new PSTransferException(
            FaultKind.NotFound, $"'{GetUnresolvedProviderPathFromPSPath(path)}' matches nothing. Check the path; -LiteralPath takes names with [ ] as they are.", path);
    }

    /// <summary>The full paths that a -Path (wildcards) or -LiteralPath (none) stands for.</summary>
    protected IEnumerable<string> ResolveSources(string path, bool literal)
    {
        if (literal)
        {
            return [ResolveTarget(path)];
        }

        try
        {
            var found = GetResolvedProviderPathFromPSPath(path, out var provider);
            RequireFileSystem(provider, path);
            return found;
        }
        catch (ItemNotFoundException exception)
        {
            throw new PSTransferException(
                FaultKind.NotFound, $"'{GetUnresolvedProviderPathFromPSPath(path)}' doesn't exist. Check the path; -LiteralPath takes names with [ ] as they are.", path, exception);
        }
    }

    /// <summary>Shows training's progress: epoch, step, running loss and accuracy, time left.</summary>
    protected void ShowTraining(string activity, TrainingProgress progress)
    {
        if (Due())
        {
            var done = ((progress.Epoch - 1.0) * progress.Steps) + progress.Step;
            WriteProgress(new ProgressRecord(1, Printable.Line(activity), FormattableString.Invariant(
                $"epoch {progress.Epoch}/{progress.Epochs}, step {progress.Step}/{progress.Steps} - loss {progress.Loss:0.0000} - accuracy {progress.Accuracy:0.0000}"))
            {
                PercentComplete = (int)(100 * done / ((double)progress.Epochs * progress.Steps)),
                SecondsRemaining = (int)Math.Ceiling(progress.SecondsLeft),
            });
        }
    }

    /// <summary>Shows how far something is, 0 to 1.</summary>
    protected void ShowProgress(string activity, string status, double share)
    {
        if (Due())
        {
            WriteProgress(new ProgressRecord(1, Printable.Line(activity), Printable.Line(status)) { PercentComplete = (int)(100 * share) });
        }
    }

    /// <summary>Takes the progress line away.</summary>
    protected void EndProgress(string activity)
    {
        if (_sinceProgress.IsRunning)
        {
            _sinceProgress.Reset();
            WriteProgress(new ProgressRecord(1, Printable.Line(activity), "done") { RecordType = ProgressRecordType.Completed });
        }
    }

    /// <summary>Brings a publisher's file into a cache, unless it is there, and shows how far it is.</summary>
    private protected string Fetch(WeightCache cache, PublishedWeights weights, bool force = false)
    {
        var activity = $"Downloading {weights.FileName}";
        try
        {
            return cache.Fetch(weights, (done, total) => ShowProgress(activity, Megabytes(done, total), total > 0 ? (double)done / total.Value : 0), Token, force);
        }
        finally
        {
            EndProgress(activity);
        }
    }

    /// <summary>Whether PowerShell's wildcards match a name, whatever the case.</summary>
    protected static bool MatchesWildcard(string pattern, string name) => new WildcardPattern(pattern, WildcardOptions.IgnoreCase).IsMatch(name);

    /// <summary>Runs an action on one input; a fault is written and the next input goes on.</summary>
    protected void ForOne(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (Errors.From(exception) is { } record)
        {
            WriteError(record);
        }
    }

    private static string Megabytes(long done, long? total) =>
        FormattableString.Invariant($"{done / 1e6:0.0} MB") + (total is null ? string.Empty : FormattableString.Invariant($" of {total / 1e6:0.0} MB"));

    private static void RequireFileSystem(ProviderInfo provider, string path)
    {
        if (!provider.Name.Equals("FileSystem", StringComparison.OrdinalIgnoreCase))
        {
            throw new PSTransferException(FaultKind.InvalidArgument, $"'{path}' is in {provider.Name}, not in the file system: name a file or folder.", path);
        }
    }

    private bool Due()
    {
        if (_sinceProgress.IsRunning && _sinceProgress.Elapsed < ProgressInterval)
        {
            return false;
        }

        _sinceProgress.Restart();
        return true;
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (OperationCanceledException) when (Token.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception exception) when (Errors.From(exception) is { } record)
        {
            ThrowTerminatingError(record);
        }
    }
}
