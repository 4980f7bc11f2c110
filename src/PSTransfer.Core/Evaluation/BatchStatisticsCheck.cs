using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Evaluation;

/// <summary>Refuses statistics over a single value before the first step, and tells of statistics over very few.</summary>
internal static class BatchStatisticsCheck
{
    private const int FewValues = 4;

    /// <summary>Checks the smallest batch that a pass over the images makes.</summary>
    /// <returns>A finding where a layer sees fewer than 4 values per channel; null otherwise.</returns>
    /// <exception cref="PSTransferException">A layer that normalises by the batch would see one value per channel.</exception>
    public static Finding? Require(TransferNetwork network, int images, int batchSize)
    {
        var smallest = images % batchSize == 0 ? batchSize : images % batchSize;
        var (layer, values) = network.Backbone.Layers.OfType<BatchNorm>()
            .Where(norm => norm.NormalizesBy == NormalizationSource.Batch)
            .Select(norm => (norm, network.Backbone.InputShapeOf(norm)))
            .Select(pair => (Layer: pair.norm, Values: smallest * pair.Item2.Height * pair.Item2.Width))
            .DefaultIfEmpty((null!, int.MaxValue))
            .MinBy(pair => pair.Item2);
        if (values == 1)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"{layer.Name} would take batch statistics over a single value: its map is 1×1 at input {network.InputShape} and the "
                + $"smallest batch has 1 image. Change {Option.Name("BatchSize")} (now {batchSize}, {images} images) "
                + "so that no batch has 1 image, use larger images, or a mode that normalises by moving statistics "
                + $"({Option.SetFirst("Mode", FreezeMode.Inference, of: "Set-FreezeMode")}).",
                "BatchSize");
        }

        return values < FewValues
            ? new Finding(
                layer.Name,
                $"The smallest batch ({smallest} of {images} images) gives {layer.Name} only {values} values per channel to normalise "
                + $"by. Change {Option.Name("BatchSize")} or use larger images.")
            : null;
    }
}
