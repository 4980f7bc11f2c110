using System.Collections.Specialized;
using System.Diagnostics.CodeAnalysis;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Experiments;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>What a run of Invoke-Experiment came to. A run made before has no FineTuneResult and no Model: its figures were read from its folder.</summary>
public sealed class ExperimentResult
{
    private readonly ExperimentOutcome _outcome;

    internal ExperimentResult(ExperimentOutcome outcome)
    {
        _outcome = outcome;
        foreach (var (key, value) in outcome.Run.Values)
        {
            Values.Add(key, value);
        }

        if (outcome.Training is { } made)
        {
            FineTuneResult = new FineTuneResult(
                new TransferModel(made.Network), new ImageDataset(made.Images), made.Validation is null ? null : new ImageDataset(made.Validation), made.Options, made.Result);
        }
    }

    /// <summary>The run's name: the experiment's with the run's values.</summary>
    public string Name => _outcome.Run.Name;

    /// <summary>From 1, in the matrix' order.</summary>
    public int Number => _outcome.Run.Number;

    /// <summary>The matrix' keys with this run's values.</summary>
    public ExperimentValues Values { get; } = [];

    /// <summary>Whether it was made before, and its figures were read.</summary>
    public bool Skipped => FineTuneResult is null;

    /// <summary>What Invoke-FineTune gives; null where the run was skipped.</summary>
    public FineTuneResult? FineTuneResult { get; }

    /// <summary>The trained model; null where the run was skipped.</summary>
    public TransferModel? Model => FineTuneResult?.Model;

    /// <summary>What it was trained on; null where the run was skipped.</summary>
    public ImageDataset? Dataset => FineTuneResult?.Dataset;

    /// <summary>What it was validated on; null without, and where the run was skipped.</summary>
    public ImageDataset? ValidationDataset => FineTuneResult?.ValidationDataset;

    /// <summary>The epochs.</summary>
    public Listed<EpochRecord> History => new(_outcome.Record.History);

    /// <summary>What Measure-TransferModel gives for the validation images, or the training images without any.</summary>
    public ModelMeasurement Measurement => _outcome.Record.Measurement;

    /// <summary>The accuracy of <see cref="Measurement"/>, in a column of its own.</summary>
    public double Accuracy => Measurement.Accuracy;

    /// <summary>The loss of <see cref="Measurement"/>.</summary>
    public double Loss => Measurement.Loss;

    /// <summary>What Test-LearningPhase gives; null where it wasn't asked for.</summary>
    public LearningPhaseReport? LearningPhase => _outcome.Record.LearningPhase;

    /// <summary>Wall time of the training.</summary>
    public double Seconds => _outcome.Record.Seconds;

    /// <summary>All that is stored of the run: hashes, versions, seed besides.</summary>
    public ExperimentRecord Record => _outcome.Record;

    /// <summary>Where its settings and figures are stored; null without an output folder.</summary>
    public string? Folder => _outcome.Folder;

    /// <summary>The name, to be shown.</summary>
    public override string ToString() => Core.Text.Printable.Line(Name);
}

/// <summary>The keys of a run's matrix with its values, in the matrix' order. As text it fits into one field of a table: "freeze.mode=Legacy; seed=1".</summary>
[SuppressMessage("Design", "CA1010", Justification = "PowerShell's own ordered tables are of this type, and ConvertTo-Json writes it as an object.")]
public sealed class ExperimentValues : OrderedDictionary
{
    /// <inheritdoc/>
    public override string ToString() => string.Join("; ", Keys.Cast<object>().Select(key => $"{key}={this[key]}"));
}

/// <summary>What Test-Experiment found.</summary>
/// <param name="Path">The file.</param>
/// <param name="Valid">Whether Invoke-Experiment would run it.</param>
/// <param name="Runs">How many runs it has.</param>
/// <param name="Errors">All that is wrong, in the file's order.</param>
public sealed record ExperimentTest(string Path, bool Valid, int Runs, Listed<ExperimentError> Errors)
{
    /// <summary>To be shown: characters that a terminal would obey are escaped.</summary>
    public override string ToString() => Core.Text.Printable.Record(nameof(ExperimentTest), PrintMembers);
}
