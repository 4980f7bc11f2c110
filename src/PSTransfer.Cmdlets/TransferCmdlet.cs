using System.Diagnostics;
using System.Management.Automation;
using PSTransfer.Binding;
using PSTransfer.Core;
using PSTransfer.Core.Models;
using PSTransfer.Core.Models.Matching;
using PSTransfer.Core.Native;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training.Runs;
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
    protected sealed override void ProcessRecord() => Guard(Execute, goesOn: MyInvocation.ExpectingInput);

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
    protected string ResolveTarget(string path) => new FilePaths(this).Target(path);

    /// <summary>The full paths that a -Path (wildcards) or -LiteralPath (none) stands for; wildcards that match nothing are an error.</summary>
    protected IReadOnlyList<string> RequireSources(string path, bool literal) => new FilePaths(this).Sources(path, literal);

    /// <summary>Shows training's progress: epoch, step, running loss and accuracy, time left.</summary>
    protected void ShowTraining(string activity, TrainingProgress progress)
    {
        if (Due())
        {
            var done = ((progress.Epoch - 1.0) * progress.Steps) + progress.Step;
            WriteProgress(new ProgressRecord(1, Printable.Line(activity), FormattableString.Invariant(
                $"epoch {progress.Epoch}/{progress.Epochs}, step {progress.Step}/{progress.Steps}, loss {progress.Loss:0.0000}, accuracy {progress.Accuracy:0.0000}"))
            {
                PercentComplete = (int)(100 * done / ((double)progress.Epochs * progress.Steps)),
                SecondsRemaining = (int)Math.Ceiling(progress.SecondsLeft),
            });
        }
    }

    /// <summary>Warns of a model whose weights are no numbers.</summary>
    private protected void WarnIfBroken(TransferNetwork network)
    {
        if (BrokenWeights.Warning(network) is { } warning)
        {
            WriteWarning(warning);
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

    private bool Due()
    {
        if (_sinceProgress.IsRunning && _sinceProgress.Elapsed < ProgressInterval)
        {
            return false;
        }

        _sinceProgress.Restart();
        return true;
    }

    /// <summary>Runs a part of the work. A fault ends the command, unless it is about one item of a pipeline, whose other items go on.</summary>
    private void Guard(Action action, bool goesOn = false)
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
            EndProgress("Failed");

            // -Strict asks that nothing goes on.
            if (goesOn && exception is not PSTransferException { Kind: FaultKind.Unsound })
            {
                WriteError(record);
                return;
            }

            ThrowTerminatingError(record);
        }
    }
}
