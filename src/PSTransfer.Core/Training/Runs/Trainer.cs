using System.Runtime.CompilerServices;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training.Guard;

namespace PSTransfer.Core.Training.Runs;

/// <summary>The training loop: it trains what isn't frozen in a model.</summary>
public sealed class Trainer(TransferNetwork network, TrainingOptions options, RunObserver? observer = null)
{
    private readonly RunObserver _observer = observer ?? new RunObserver();

    /// <summary>
    /// Trains the model in place, on the calling thread. After a cancellation or an error the model is as the last step left it.
    /// </summary>
    /// <param name="data">The training images.</param>
    /// <param name="validation">The validation images; null for none.</param>
    /// <param name="token">Checked before each step.</param>
    /// <exception cref="PSTransferException">Settings, model and data don't fit each other, the loss left the range of float32, or a strict
    /// run has a finding.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Otherwise .NET compiles the loop anew in mid-run, and keeps megabytes for it.
    public TrainingResult Fit(LabeledImages data, LabeledImages? validation, CancellationToken token)
    {
        using var run = Run.Open(network, options, data, validation, _observer);
        foreach (var plan in run.StagesLeft)
        {
            using var stage = run.Begin(plan, token);
            while (!stage.IsOver)
            {
                var epoch = run.BeginEpoch();
                foreach (var batch in stage.Batches(epoch, token))
                {
                    stage.Take(batch, epoch, stage.RateOf(epoch));
                    _observer.Stepped(run.Progress(epoch));
                }

                Divergence.Check(network, epoch, options.CheckpointPath);

                // Before the checkpoint is written: with -Strict, no checkpoint may contain a model that the guard objects to.
                run.Report(stage.Guard.Check(epoch.Number));
                _observer.EpochDone(run.EndEpoch(epoch, stage, token));
            }

            run.End(stage);
        }

        return run.Finish();
    }
}
