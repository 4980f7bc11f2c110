using System.Collections.Specialized;
using System.Diagnostics.CodeAnalysis;
using PSTransfer.Core.Diagnosis;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Experiments;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>
/// The result of a run of Invoke-Experiment. A run made earlier has no FineTuneResult and no Model: its figures were read from its folder.
/// </summary>
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
                new TransferModel(made.Network),
                new ImageDataset(made.Images),
                made.Validation is null ? null : new ImageDataset(made.Validation),
                made.Options,
                made.Result);
        }
    }

    /// <summary>The run's name: the experiment's name with the run's values.</summary>
    public string Name => _outcome.Run.Name;

    /// <summary>The run's number, from 1, in the matrix' order.</summary>
    public int Number => _outcome.Run.Number;

    /// <summary>The matrix' keys with this run's values.</summary>
    public ExperimentValues Values { get; } = [];

    /// <summary>Whether the run was made earlier and its figures were read.</summary>
    public bool Skipped => FineTuneResult is null;

    /// <summary>The result of Invoke-FineTune; null if the run was skipped.</summary>
    public FineTuneResult? FineTuneResult { get; }

    /// <summary>The trained model; null if the run was skipped.</summary>
    public TransferModel? Model => FineTuneResult?.Model;

    /// <summary>The training images; null if the run was skipped.</summary>
    public ImageDataset? Dataset => FineTuneResult?.Dataset;

    /// <summary>The validation images; null if there are none or the run was skipped.</summary>
    public ImageDataset? ValidationDataset => FineTuneResult?.ValidationDataset;

    /// <summary>The records of the epochs.</summary>
    public Listed<EpochRecord> History => new(_outcome.Record.History);

    /// <summary>The measurement by Measure-TransferModel on the validation images or, without any, on the training images.</summary>
    public ModelMeasurement Measurement => _outcome.Record.Measurement;

    /// <summary>The accuracy of <see cref="Measurement"/>, in a column of its own.</summary>
    public double Accuracy => Measurement.Accuracy;

    /// <summary>The loss of <see cref="Measurement"/>.</summary>
    public double Loss => Measurement.Loss;

    /// <summary>The report of Test-LearningPhase; null if it wasn't asked for.</summary>
    public LearningPhaseReport? LearningPhase => _outcome.Record.LearningPhase;

    /// <summary>The wall time of the training in seconds.</summary>
    public double Seconds => _outcome.Record.Seconds;

    /// <summary>All that is stored of the run, with hashes, versions and seed.</summary>
    public ExperimentRecord Record => _outcome.Record;

    /// <summary>The folder with the run's settings and figures; null without an output folder.</summary>
    public string? Folder => _outcome.Folder;

    /// <summary>The name as text to display.</summary>
    public override string ToString() => Core.Text.Printable.Line(Name);
}

/// <summary>
/// The keys of the matrix with the run's values, in the matrix' order. As text they fit into one field of a table: "freeze.mode=Legacy;
/// seed=1".
/// </summary>
[SuppressMessage(
    "Design", "CA1010", Justification = "PowerShell's own ordered tables are of this type, and ConvertTo-Json writes it as an object.")]
public sealed class ExperimentValues : OrderedDictionary
{
    /// <inheritdoc/>
    public override string ToString() => string.Join("; ", Keys.Cast<object>().Select(key => $"{key}={this[key]}"));
}

/// <summary>Reports what Test-Experiment found.</summary>
/// <param name="Path">The path of the experiment.</param>
/// <param name="Valid">Whether Invoke-Experiment would run the experiment.</param>
/// <param name="Runs">The number of runs.</param>
/// <param name="Errors">All faults, in the file's order.</param>
public sealed record ExperimentTest(string Path, bool Valid, int Runs, Listed<ExperimentError> Errors)
{
    /// <summary>The result as text to display: characters that a terminal would obey are escaped.</summary>
    public override string ToString() => Core.Text.Printable.Record(nameof(ExperimentTest), PrintMembers);
}
