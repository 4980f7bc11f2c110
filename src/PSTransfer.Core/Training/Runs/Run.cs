using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using PSTransfer.Core.Training.Guard;
using PSTransfer.Core.Training.Loss;

namespace PSTransfer.Core.Training.Runs;

/// <summary>A run of <see cref="Trainer"/>: its plan, its book and its clock, from the first check to the result.</summary>
internal sealed class Run : IDisposable
{
    private readonly TransferNetwork _network;
    private readonly TrainingOptions _options;
    private readonly RunObserver _observer;
    private readonly IDisposable _hold;
    private readonly TrainingLoss _objective;
    private readonly RunPlan _plan;
    private readonly RunBook _book;
    private readonly RunClock _clock;
    private readonly Evaluator _evaluator;
    private readonly List<string> _caches = [];
    private StopReason _stopped;

    private Run(TransferNetwork network, TrainingOptions options, LabeledImages data, LabeledImages? validation, RunObserver observer)
    {
        (_network, _options, _observer) = (network, options, observer);
        options.Validate(validation is not null);
        _hold = network.Use.Change("being trained");
        try
        {
            network.RequireMemory(Math.Min(options.BatchSize, data.Count));
            _objective = TrainingLoss.For(network, data, options);
            _plan = RunPlan.Make(network, options, data, validation);
            Report(_plan.Findings);
            WarnOfSettings();
            _book = new RunBook(network, options, _plan, observer);
            TellStart();

            // Nothing refuses the run from here on, and so the model may change.
            foreach (var norm in network.BatchNorms)
            {
                norm.Momentum = options.BatchNormMomentum is { } keras ? 1 - keras : norm.Momentum;
            }

            network.Classes = data.Classes;
            _evaluator = new Evaluator(network, options.BatchSize);
            _clock = new RunClock((long)options.TotalEpochs * _plan.Steps, (long)_book.Resumed * _plan.Steps);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The stages that the run has still to go through.</summary>
    /// <remarks>
    /// The stage of the last epoch comes again even if it is over: its final weights (average, best epoch) may not have been put in place
    /// yet.
    /// </remarks>
    public IEnumerable<StagePlan> StagesLeft => _plan.Stages.Skip(RunPlan.StageOf(_book.History) - 1);

    /// <summary>
    /// Checks and plans a run, and goes back to its checkpoint if the run is resumed. A refused run leaves the model as it was.
    /// </summary>
    /// <exception cref="PSTransferException">Settings, model, data and checkpoint don't fit each other.</exception>
    public static Run Open(
        TransferNetwork network, TrainingOptions options, LabeledImages data, LabeledImages? validation, RunObserver observer) =>
        new(network, options, data, validation, observer);

    /// <summary>Begins a stage, or goes on with one that a checkpoint holds.</summary>
    public StageRun Begin(StagePlan plan, CancellationToken token)
    {
        var stage = new StageRun(_network, _plan, plan, _objective, _book, _observer, token);
        _caches.Add(plan.Name + stage.Features.Description);
        return stage;
    }

    /// <summary>Begins the next epoch.</summary>
    public RunningEpoch BeginEpoch()
    {
        var epoch = new RunningEpoch(_book.History.Count + 1, _clock.Seconds);
        _clock.Stepping(true);
        return epoch;
    }

    /// <summary>The run's progress after a step, which the clock counts.</summary>
    public TrainingProgress Progress(RunningEpoch epoch)
    {
        var mean = epoch.Metrics.Mean;
        return new TrainingProgress(epoch.Number, _options.TotalEpochs, epoch.Steps, _plan.Steps, mean.Loss, mean.Accuracy, _clock.Step());
    }

    /// <summary>Ends an epoch: validates the model, and writes history, checkpoint and logs.</summary>
    public EpochRecord EndEpoch(RunningEpoch epoch, StageRun stage, CancellationToken token)
    {
        stage.State.SwapAverage();
        try
        {
            _book.Add(Judge(epoch, stage, token));
        }
        finally
        {
            stage.State.SwapAverage();
        }

        _clock.Stepping(false);
        var record = _book.History[^1];
        stage.Add(record);
        _book.Write(stage.State);
        return record;
    }

    /// <summary>Ends a stage: the model gets its average or best weights, where these were asked for.</summary>
    public void End(StageRun stage)
    {
        // Once more, for what came after the last epoch's steps.
        Report(stage.Guard.Check(_book.History.Count));
        _stopped = stage.StoppedEarly ? StopReason.EarlyStopping : StopReason.Completed;
        stage.State.SwapAverage();
        var kept = _book.RestoreBest() is { } best ? Math.Max(1, best.Epoch - (_book.History.Count - stage.Epochs)) : stage.Epochs;
        if (stage.StoppedEarly && !stage.Plan.WarnedUnadapted
            && TrainingAdvice.Unadapted(_network, stage.Plan.Options, (long)kept * _plan.Steps, stopped: true) is { } unadapted)
        {
            Report([unadapted with { Message = stage.Plan.Name + unadapted.Message }]);
        }
    }

    /// <summary>Ends the run.</summary>
    public TrainingResult Finish()
    {
        _network.SetPixels(_plan.Images.Pixels!, areFixed: true); // No step has done so if a resumed run was over already.
        KeepReference(_plan.Unseen is { Count: >= Reference.Count } enough ? enough : _plan.Images);
        _book.Finish();
        var history = _book.History;
        var trained = (history.Count - _book.Resumed) * (double)_plan.Steps * _plan.ImagesPerStep;
        return new TrainingResult(
            history, _stopped, EarlyStopping.Best(history).Epoch, _clock.Seconds, trained / _clock.Seconds, string.Join("; ", _caches));
    }

    /// <summary>Passes on findings about BatchNorm: a warning each, or one error for all of them in a strict run.</summary>
    /// <exception cref="PSTransferException">Unsound: the run is strict, and there is a finding.</exception>
    public void Report(IReadOnlyList<Finding> findings)
    {
        if (_options.Strict && findings.Count > 0)
        {
            throw PSTransferException.About(
                "Strict",
                string.Join(" ", findings.Select(finding => finding.Message)),
                FaultKind.Unsound,
                findings[0].Layer,
                joint: ": ");
        }

        foreach (var finding in findings)
        {
            _observer.Warned(finding.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _book?.Dispose();
        _objective?.Dispose();
        _hold.Dispose();
    }

    /// <summary>The record of an epoch, with the weights that the model has now.</summary>
    private EpochRecord Judge(RunningEpoch epoch, StageRun stage, CancellationToken token)
    {
        var training = epoch.Metrics.Mean;
        var unseen = _plan.Unseen is null ? null : _evaluator.Run(
            _plan.Unseen, stage.Features.Validation!, isTraining: false, dropout: false, seed: null, KeptProbabilities.None, token).Metrics;
        return new EpochRecord(
            epoch.Number,
            _plan.Steps,
            training.Loss,
            training.Accuracy,
            unseen?.Loss,
            unseen?.Accuracy,
            epoch.Rate,
            _clock.Seconds - epoch.Began,
            stage.Plan.Number);
    }

    /// <summary>Warns of pictures that are resized by another rule than the model knows, and of settings that do nothing.</summary>
    private void WarnOfSettings()
    {
        var resize = _plan.Images.Pixels!.Resize;
        if (_network.PixelsAreFixed && _network.Pixels.Resize != resize)
        {
            _observer.Warned(
                $"The model '{_network.Name}' learnt from pictures brought to size by {_network.Pixels.Resize} so far; "
                + $"this run's images were imported with {Option.Name("Resize")} {resize}, which the model keeps from now on.");
        }

        foreach (var idle in _plan.Idle)
        {
            _observer.Warned(idle);
        }
    }

    private void TellStart()
    {
        if (_options.Resume)
        {
            _observer.Told(_book.Resumed == 0
                ? $"There is no checkpoint {_options.CheckpointPath} yet: the run begins with epoch 1."
                : $"The run goes on from the checkpoint {_options.CheckpointPath}, after epoch {_book.Resumed} of {_options.TotalEpochs}.");
        }
    }

    /// <summary>Keeps pictures and answers for Test-Deployment. A picture that can't be read any more doesn't end the run.</summary>
    private void KeepReference(LabeledImages images)
    {
        try
        {
            _network.SetReference(ReferencePixels.Read(_network, images).Ask);
        }
        catch (PSTransferException fault)
        {
            _observer.Warned($"The model keeps no reference answers for Test-Deployment: {fault.Message}");
        }
    }
}
