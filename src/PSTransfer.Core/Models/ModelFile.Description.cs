using System.Text.Json;
using System.Text.Json.Serialization;
using PSTransfer.Core.Backbones;
using PSTransfer.Core.Data.Pixels;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Description;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights.Safetensors;

namespace PSTransfer.Core.Models;

/// <summary>The description of the network in the file's metadata, and what makes one impossible.</summary>
public static partial class ModelFile
{
    private sealed record Description(
        int Version,
        string Name,
        string Backbone,
        Head? Head,
        IReadOnlyList<string> Classes,
        IReadOnlyDictionary<string, LayerState> Layers,
        IReadOnlyList<EpochRecord> History,
        PixelPathText? Pixels = null,
        bool? PixelsAreFixed = null,
        Reference? Reference = null,
        // Version 3 keeps the network by value; earlier files name a network of the tables.
        BackboneFamily? Family = null,
        GraphText? Graph = null,
        // These two are in version 1 only, whose files keep no other part of the path.
        ImageShape? InputShape = null,
        Preprocessing? Preprocessing = null);

    private sealed record LayerState(FreezeMode Mode, double? Momentum, VarianceEstimator? Estimator, double? Epsilon = null);

    private static Description Describe(SafetensorsFile file, string path)
    {
        if (!file.Metadata.TryGetValue(Key, out var json))
        {
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{path}: these are weights, not a model exported by Export-TransferModel (the header has no \"{Key}\"). "
                + "Load them with New-Backbone <name> -Weights <path>.",
                path);
        }

        try
        {
            var description = JsonSerializer.Deserialize<Description>(json, Json) ?? throw new JsonException("it is null");
            if (description.Version is < 1 or > Version)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: format version {description.Version}; this PSTransfer reads versions 1 to {Version}. Update PSTransfer.",
                    path);
            }

            return Fault(description) is { } fault ? throw new JsonException(fault) : description;
        }
        catch (JsonException exception)
        {
            throw new PSTransferException(
                FaultKind.InvalidData, $"{path}: the model's description in the header is damaged: {exception.Message}", path, exception);
        }
    }

    /// <summary>Finds faults that the JSON reader accepts although no model has them; null for none.</summary>
    private static string? Fault(Description description)
    {
        var classes = description.Head?.ClassCount == 1 ? 2 : description.Head?.ClassCount ?? 0;
        if (description.Classes.Any(name => name is null) || (description.Classes.Count > 0 && description.Classes.Count != classes))
        {
            return $"expected {classes} class names, found {description.Classes.Count(name => name is not null)}.";
        }

        if (string.IsNullOrWhiteSpace(description.Backbone))
        {
            return "the backbone has no name.";
        }

        if (description.History.Any(epoch => epoch is null))
        {
            return "an epoch of the history is null.";
        }

        if (description.Version == 1
            ? description.InputShape is null || description.Preprocessing is null
            : description.Pixels is null || description.PixelsAreFixed is null)
        {
            return "it doesn't say how pictures become pixels.";
        }

        if (description.Version >= 3 && (description.Graph is null || description.Family is not { } family || !Enum.IsDefined(family)))
        {
            return "it doesn't say which layers the network has.";
        }

        // The JSON reader takes "Torch, Caffe" for the sum of the two.
        if (!Enum.IsDefined(description.Preprocessing ?? default) || !Enum.IsDefined(description.Pixels?.Preprocessing ?? default)
            || !Enum.IsDefined(description.Pixels?.Resize ?? default) || !Enum.IsDefined(description.Head?.Pooling ?? default))
        {
            return "its preprocessing, resize rule or pooling isn't one known name.";
        }

        if (description.Reference is { Pictures.Count: 0 })
        {
            return "the reference answers are empty.";
        }

        if (description.Reference?.Pictures.Any(picture => picture is null || picture.Probabilities.Count != classes) == true)
        {
            return $"a reference picture doesn't have {classes} probabilities.";
        }

        var wrong = description.Layers.FirstOrDefault(layer =>
            layer.Value is not { Momentum: null or (>= 0 and <= 1), Epsilon: null or (> 0 and <= 1) } state
                || !Enum.IsDefined(state.Mode)
                || !Enum.IsDefined(state.Estimator ?? default));
        return wrong.Key is null
            ? null
            : $"the layer {Printable.Text(wrong.Key)} has no mode or two, or a momentum or eps that isn't from 0 to 1.";
    }
}
