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

/// <summary>The base of all cmdlets: cancellation, progress on the pipeline's thread, one way to report errors, and paths.</summary>
public abstract class TransferCmdlet : PSCmdlet, IDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly Stopwatch _sinceProgress = new();

    /// <summary>A token that Ctrl+C and Stop() cancel.</summary>
    protected CancellationToken Token => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the cmdlet holds and returns freed memory to the system.</summary>
    protected virtual void Dispose(bool disposing)
    {
        _stop.Dispose();
        LibTorch.ReleaseMemory();
    }

    /// <summary>Does the work before all input.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>Does the work for one pipeline input.</summary>
    protected abstract void Execute();

    /// <summary>Does the work that is left after all input.</summary>
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

    /// <summary>
    /// Writes a warning. Texts may hold names from files, so characters that a terminal would obey are escaped here, once for all cmdlets.
    /// </summary>
    protected new void WriteWarning(string text) => base.WriteWarning(Printable.Lines(text));

    /// <summary>Writes a text for -Verbose, escaped as warnings are.</summary>
    protected new void WriteVerbose(string text) => base.WriteVerbose(Printable.Lines(text));

    /// <summary>Asks as -WhatIf and -Confirm require; the texts are escaped as warnings are.</summary>
    protected new bool ShouldProcess(string target, string action) => base.ShouldProcess(Printable.Line(target), Printable.Line(action));

    /// <summary>The full path of a file to write, whether or not it exists.</summary>
    protected string ResolveTarget(string path) => new FilePaths(this).Target(path);

    /// <summary>
    /// The full paths that a -Path (with wildcards) or -LiteralPath (without) stands for. Wildcards that match nothing are an error.
    /// </summary>
    protected IReadOnlyList<string> RequireSources(string path, bool literal) => new FilePaths(this).Sources(path, literal);

    /// <summary>Shows the progress of training: epoch, step, running loss and accuracy, time left.</summary>
    protected void ShowTraining(string activity, TrainingProgress progress)
    {
        if (Due())
        {
            var done = ((progress.Epoch - 1.0) * progress.Steps) + progress.Step;
            WriteProgress(new ProgressRecord(
                1,
                Printable.Line(activity),
                $"epoch {progress.Epoch}/{progress.Epochs}, step {progress.Step}/{progress.Steps}, "
                + $"loss {progress.Loss:0.0000}, accuracy {progress.Accuracy:0.0000}")
            {
                PercentComplete = (int)(100 * done / ((double)progress.Epochs * progress.Steps)),
                SecondsRemaining = (int)Math.Ceiling(progress.SecondsLeft),
            });
        }
    }

    /// <summary>Warns about a model whose weights are NaN or infinite.</summary>
    private protected void WarnIfBroken(TransferNetwork network)
    {
        if (BrokenWeights.Warning(network) is { } warning)
        {
            WriteWarning(warning);
        }
    }

    /// <summary>Shows the progress of an activity, 0 to 1.</summary>
    protected void ShowProgress(string activity, string status, double share)
    {
        if (Due())
        {
            WriteProgress(new ProgressRecord(1, Printable.Line(activity), Printable.Line(status)) { PercentComplete = (int)(100 * share) });
        }
    }

    /// <summary>Removes the progress line.</summary>
    protected void EndProgress(string activity)
    {
        if (_sinceProgress.IsRunning)
        {
            _sinceProgress.Reset();
            WriteProgress(new ProgressRecord(1, Printable.Line(activity), "done") { RecordType = ProgressRecordType.Completed });
        }
    }

    /// <summary>Downloads a publisher's file into a cache unless it is there, and shows the progress.</summary>
    private protected string Fetch(WeightCache cache, PublishedWeights weights, bool force = false)
    {
        var activity = $"Downloading {weights.FileName}";
        try
        {
            return cache.Fetch(
                weights,
                (done, total) => ShowProgress(activity, Megabytes(done, total), total > 0 ? (double)done / total.Value : 0),
                Token,
                force);
        }
        finally
        {
            EndProgress(activity);
        }
    }

    /// <summary>Whether PowerShell's wildcards match a name, whatever the case.</summary>
    protected static bool MatchesWildcard(string pattern, string name) =>
        new WildcardPattern(pattern, WildcardOptions.IgnoreCase).IsMatch(name);

    /// <summary>Runs an action on one input. A fault is written, and the next input goes on.</summary>
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
        $"{done / 1e6:0.0} MB"
        + (total is null ? string.Empty : $" of {total / 1e6:0.0} MB");

    private bool Due()
    {
        if (_sinceProgress.IsRunning && _sinceProgress.Elapsed < ProgressInterval)
        {
            return false;
        }

        _sinceProgress.Restart();
        return true;
    }

    /// <summary>
    /// Runs a part of the work. A fault ends the command unless it is about one item of a pipeline; then the other items go on.
    /// </summary>
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

            // With -Strict, an unsound model stops the whole pipeline.
            if (goesOn && exception is not PSTransferException { Kind: FaultKind.Unsound })
            {
                WriteError(record);
                return;
            }

            ThrowTerminatingError(record);
        }
    }
}
