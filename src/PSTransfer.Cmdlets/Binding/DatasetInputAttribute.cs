using System.Management.Automation;

namespace PSTransfer.Binding;

/// <summary>The part of a split that a parameter takes.</summary>
internal enum SplitPart
{
    /// <summary>Either part could be meant, so a split is refused.</summary>
    Either,

    /// <summary>The training images.</summary>
    Training,

    /// <summary>The validation images.</summary>
    Validation,
}

/// <summary>
/// Takes images out of the object that holds them: the parameter's part of a split, or the images of a training run's result.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DatasetInputAttribute(SplitPart part) : ArgumentTransformationAttribute
{
    /// <summary>The part of a split that the parameter takes.</summary>
    public SplitPart Part { get; } = part;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData is null
        ? null
        : Table.Unwrap(inputData) switch
    {
        ImageDatasetSplit split => Part switch
        {
            SplitPart.Training => split.Training,
            SplitPart.Validation => split.Validation,
            _ => throw new ArgumentTransformationMetadataException(
                "One set of images is wanted, and a split has two: give its Training or its Validation, as in -Dataset $split.Validation."),
        },
        FineTuneResult run => Of(run),
        ExperimentResult { FineTuneResult: { } run } => Of(run),
        _ => inputData,
    };

    private ImageDataset? Of(FineTuneResult run) => Part == SplitPart.Validation ? run.ValidationDataset : run.Dataset;
}
