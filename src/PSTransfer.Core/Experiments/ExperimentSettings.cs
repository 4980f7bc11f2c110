using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Diagnosis.LearningPhases;
using PSTransfer.Core.Models;
using PSTransfer.Core.Training;
using static PSTransfer.Core.PSTransferException;

namespace PSTransfer.Core.Experiments;

/// <summary>All settings of one run, resolved: they depend on no folder, matrix or override.</summary>
internal sealed record ExperimentSettings
{
    public string? Name { get; init; }

    /// <summary>The seed for all seeds that aren't given. Null leaves each seed its own default.</summary>
    public int? Seed { get; init; }

    public DataSettings Data { get; init; } = new();

    public BackboneOptions Backbone { get; init; } = new() { Name = string.Empty };

    public HeadSettings Head { get; init; } = new();

    public FreezeSettings? Freeze { get; init; }

    public TrainingOptions Train { get; init; } = new();

    public EvaluateSettings Evaluate { get; init; } = new();

    /// <summary>The full path of the folder for results; null for none.</summary>
    public string? Output { get; init; }
}

/// <summary>Settings of the images to train on and to validate on.</summary>
internal sealed record DataSettings
{
    /// <summary>The settings that mean validation on the training images.</summary>
    public static DataSettings Same { get; } = new() { Path = "same" };

    /// <summary>The full path of the folder or file; empty for none.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>The path as it stands in the file, because beside <see cref="Table"/> it names a column.</summary>
    public string? PathColumn { get; init; }

    /// <summary>A table of files and labels in the place of a folder; null for none.</summary>
    public string? Table { get; init; }

    public ImageDatasetOptions Options { get; init; } = new();

    public SplitSettings? Split { get; init; }

    public DataSettings? Validation { get; init; }

    public bool HasValidation => Split is not null || Validation is not null;

    /// <summary>Reads the images.</summary>
    /// <exception cref="PSTransferException">The images can't be read.</exception>
    public LabeledImages Import(CancellationToken token) => Table is null
        ? LabeledImages.Import(Path, Options, token)
        : LabeledImages.Import(Table, Options with { Format = DatasetFormat.Table, PathProperty = PathColumn }, token);

    public void Validate()
    {
        Options.Validate();
        Require(
            Table is null || Options.Format is DatasetFormat.Auto or DatasetFormat.Table,
            nameof(Options.Format),
            $"is {Options.Format}, and table names a table; leave one of them out");
        Require(
            Split is null || Validation is null,
            nameof(Split),
            "excludes validation: both say which images to validate on, give one of them");
    }
}

/// <summary>Settings of a stratified split of the images.</summary>
internal sealed record SplitSettings
{
    public double Validation { get; init; }

    public int Seed { get; init; } = Defaults.Seed;

    public void Validate() => Require(
        Validation is > 0 and < 1,
        nameof(Validation),
        $"is the share of images to validate on, above 0 and below 1, not {Validation}");
}

/// <summary>The head and the seed of its weights.</summary>
internal sealed record HeadSettings
{
    public Head Head { get; init; } = new() { ClassCount = 1 };

    public int Seed { get; init; } = Defaults.Seed;
}

/// <summary>Settings of freezing: the layers and their mode.</summary>
internal sealed record FreezeSettings
{
    public FreezeMode? Mode { get; init; }

    public string? Framework { get; init; }

    public IReadOnlyList<string>? Layer { get; init; }

    public int? First { get; init; }

    public void Validate()
    {
        Require(Mode is null || Framework is null, nameof(Framework), "excludes mode: both say what frozen means, give one of them");
        Require(
            Mode is not null || Framework is not null,
            nameof(Mode),
            $"is missing: one of {string.Join(", ", Enum.GetNames<FreezeMode>())}, or a framework");
        Require(Layer is null || First is null, nameof(First), "excludes layer: both choose layers, give one of them");
        Require(First is null or >= 1, nameof(First), $"must be at least 1, not {First}");
        _ = Framework is null ? null : FrameworkEra.Find(Framework);
    }

    public FreezePlan Plan(Func<string, string, bool> matches)
    {
        var era = Framework is null ? null : FrameworkEra.Find(Framework);
        return new FreezePlan { Mode = era?.Mode ?? Mode!.Value, Era = era, LayerPatterns = Layer, First = First, Matches = matches };
    }
}

/// <summary>Settings of the measurements after training.</summary>
internal sealed record EvaluateSettings
{
    public LearningPhase Phase { get; init; } = PSTransfer.LearningPhase.Dynamic;

    public int BatchSize { get; init; } = Defaults.BatchSize;

    public int Seed { get; init; } = Defaults.Seed;

    public int Top { get; init; } = Defaults.Top;

    /// <summary>The learning-phase test; null for none.</summary>
    public LearningPhaseOptions? LearningPhase { get; init; }

    /// <summary>The file for the trained model; null for none.</summary>
    public string? Save { get; init; }

    public void Validate()
    {
        Require(BatchSize >= 1, nameof(BatchSize), $"must be at least 1, not {BatchSize}");
        Require(Top >= 1, nameof(Top), $"must be at least 1, not {Top}");
    }
}
