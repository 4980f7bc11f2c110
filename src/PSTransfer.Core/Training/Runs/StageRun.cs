using PSTransfer.Core.Data.Augmenting;
using PSTransfer.Core.Data.Batches;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Training.Guard;
using PSTransfer.Core.Training.Loss;
using PSTransfer.Core.Training.Optimisation;
using TorchSharp;

namespace PSTransfer.Core.Training.Runs;

/// <summary>A stage while it runs, with all that lives as long as the stage: optimiser, average, features, guard and schedule.</summary>
internal sealed class StageRun : IDisposable
{
    private readonly TransferNetwork _network;
    private readonly RunPlan _run;
    private readonly TrainingOptions _options;
    private readonly TrainingLoss _objective;
    private readonly LearningRateSchedule _schedule;
    private readonly List<EpochRecord> _epochs;

    /// <summary>Freezes the stage's layers, and computes what can be computed once.</summary>
    /// <param name="network">The model.</param>
    /// <param name="run">The plan of the run.</param>
    /// <param name="plan">One of the run's stages.</param>
    /// <param name="objective">The loss to minimise.</param>
    /// <param name="book">The run's book, for the stage's earlier epochs; null if the run keeps none.</param>
    /// <param name="observer">Told of preparation and warnings.</param>
    /// <param name="token">Checked at each batch.</param>
    public StageRun(
        TransferNetwork network,
        RunPlan run,
        StagePlan plan,
        TrainingLoss objective,
        RunBook? book,
        RunObserver observer,
        CancellationToken token)
    {
        (_network, _run, Plan, _options, _objective) = (network, run, plan, plan.Options, objective);
        _epochs = [.. book?.History.Where(epoch => epoch.Stage == plan.Number) ?? []];
        _schedule = new LearningRateSchedule(_options, run.Updates);
        plan.Freeze?.Apply(network);
        State = new StageState(network, _options);
        try
        {
            book?.Restore(State, _epochs.Count * run.Updates);
            Guard = new FrozenGuard(network);
            Features = RunFeatures.Prepare(network, _options, run.Images, run.Unseen, observer, token);
        }
        catch
        {
            State.Dispose();
            throw;
        }
    }

    /// <summary>The stage's plan.</summary>
    public StagePlan Plan { get; }

    /// <summary>Optimiser and average.</summary>
    public StageState State { get; }

    /// <summary>The guard over the stage's frozen layers.</summary>
    public FrozenGuard Guard { get; }

    /// <summary>What is computed once for the stage.</summary>
    public RunFeatures Features { get; }

    /// <summary>How many epochs the stage has had.</summary>
    public int Epochs => _epochs.Count;

    /// <summary>Whether the stage has no epoch left.</summary>
    public bool IsOver => Plan.IsOver(_epochs);

    /// <summary>Whether the stage had fewer epochs than planned.</summary>
    public bool StoppedEarly => Epochs < _options.Epochs;

    /// <summary>The batches of an epoch, in the epoch's own order.</summary>
    public IEnumerable<Batch> Batches(RunningEpoch epoch, CancellationToken token) =>
        Features.Training.ReadShuffled(_options.Seed, epoch.Number, _run.Steps, token);

    /// <summary>The learning rate of an epoch's next step.</summary>
    public double RateOf(RunningEpoch epoch) =>
        _schedule.RateAt(((long)Epochs * _run.Updates) + (epoch.Steps / _options.AccumulationSteps), _epochs);

    /// <summary>Takes a step: forward, loss, gradients, and an update once enough batches have come. Disposes the batch.</summary>
    /// <param name="batch">One of <see cref="Batches"/>.</param>
    /// <param name="epoch">Counts the step.</param>
    /// <param name="rate">The learning rate of the update that the batch goes into.</param>
    /// <exception cref="PSTransferException">Diverged: the loss is NaN or infinite.</exception>
    public void Take(Batch batch, RunningEpoch epoch, double rate)
    {
        using var scope = torch.NewDisposeScope();
        using var owned = batch;
        var (seed, step) = (_options.Seed, epoch.Steps++);
        epoch.Rate = rate;

        // Only now, so that a run whose first picture can't be read leaves the model as it was.
        _network.SetPixels(_run.Images.Pixels!, areFixed: true);
        _network.Reference = null;

        using var random = new torch.Generator((ulong)SeededRandom.For(seed, epoch.Number, step).NextInt64(), _network.Device);
        var source = Features.Training;
        var augmentation = _options.Augmentation;
        var pixels = source.HasFeatures ? null : augmentation?.Apply(batch.Input, seed, _options.DrawOf(epoch.Number), [.. batch.Indices]);
        var mixup = Mixup.For(augmentation, seed, epoch.Number, step);
        var x = pixels ?? batch.Input;
        var logits = source.Forward(mixup?.Images(x) ?? x, ForwardPass.Fit(random, _options.Precision)).In(Precision.Float32);
        var loss = mixup?.Loss(batch.Labels, labels => _objective.Mean(logits, labels)) ?? _objective.Mean(logits, batch.Labels);
        var value = epoch.Metrics.Add(loss, _objective.Predict(logits), batch.Labels);
        if (!double.IsFinite(value))
        {
            throw Divergence.Of(epoch, value, _options.CheckpointPath);
        }

        if (_options.AccumulationSteps == 1)
        {
            State.Step(loss, rate);
            return;
        }

        State.Optimizer.Accumulate(loss, _objective.Weight(batch.Indices.Select(_run.Images.LabelOf)));
        if (epoch.Steps % _options.AccumulationSteps == 0 || epoch.Steps == _run.Steps)
        {
            State.StepAccumulated(rate);
        }
    }

    /// <summary>Adds an epoch that has ended.</summary>
    public void Add(EpochRecord epoch) => _epochs.Add(epoch);

    /// <inheritdoc/>
    public void Dispose()
    {
        Features.Dispose();
        State.Dispose();
    }
}
