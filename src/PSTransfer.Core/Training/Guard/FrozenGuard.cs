using PSTransfer.Core.Evaluation;
using PSTransfer.Core.Models;
using PSTransfer.Core.Networks;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;
using TorchSharp;

namespace PSTransfer.Core.Training.Guard;

/// <summary>
/// Checks that BatchNorm layers do what their modes said when the run began, and that frozen tensors equal a copy, bit by bit. A sound run
/// gives no finding. Each kind of finding is reported once for a layer.
/// </summary>
internal sealed class FrozenGuard
{
    private readonly List<Watch> _watches;
    private readonly HashSet<(BatchNorm Layer, Kind Kind)> _reported = [];

    /// <summary>Notes what the layers' modes say, copies the frozen tensors, and forgets what the layers did before.</summary>
    public FrozenGuard(TransferNetwork network)
    {
        _watches = [.. network.BatchNorms.Select(layer => new Watch(layer))];
    }

    private enum Kind
    {
        NormalizesByBatch,
        NormalizesByMoving,
        MovesStatistics,
        KeepsStatistics,
        LearnsNothing,
        StatisticsWritten,
        ParametersChanged,
    }

    /// <summary>Finds what went wrong since the last check and wasn't reported before: one finding per kind, for all its layers.</summary>
    /// <param name="epoch">The epoch that ends with this check, from 1.</param>
    public IReadOnlyList<Finding> Check(int epoch)
    {
        var found = _watches
            .SelectMany(watch => watch.Look().Select(kind => (watch.Layer, watch.Mode, Kind: kind)))
            .Where(pair => _reported.Add((pair.Layer, pair.Kind)))
            .GroupBy(pair => pair.Kind)
            .OrderBy(group => group.Key);
        return [.. found.Select(group => Describe(
            group.Key, epoch, [.. group.Select(pair => pair.Layer)], [.. group.Select(pair => pair.Mode).Distinct()]))];
    }

    private static Finding Describe(Kind kind, int epoch, List<BatchNorm> layers, List<FreezeMode> modes)
    {
        var began = string.Join(", ", modes);
        var now = string.Join(", ", layers.Select(layer => layer.Mode).Distinct());
        var who = $"{layers.Count} BatchNorm layer{(layers.Count == 1 ? string.Empty : "s")} ({Finding.Names(layers)})";
        var flipped = $"(mode {now}; {began} when the run began)";
        var what = kind switch
        {
            Kind.NormalizesByBatch =>
                $"{who} normalised by the mini-batch, but by moving statistics when the run began {flipped}: the layers behind learn "
                + "from features that evaluation won't give them.",
            Kind.NormalizesByMoving =>
                $"{who} normalised by moving statistics, but by the mini-batch when the run began {flipped}: the layers behind learn "
                + "from other features than before.",
            Kind.MovesStatistics =>
                $"{who} moved moving statistics that this run was to leave as they are {flipped}: evaluation won't normalise by what "
                + "the model came with.",
            Kind.KeepsStatistics =>
                $"{who} left moving statistics as they are that this run was to move {flipped}: they no longer follow the features, and "
                + "evaluation won't match training.",
            Kind.LearnsNothing => $"{who} gave gamma and beta no gradients, though they were to learn {flipped}.",
            Kind.StatisticsWritten =>
                $"The moving statistics of {who} changed under mode {began}, and no training step moved them: something else wrote to "
                + "them. Evaluation won't normalise by what the model came with.",
            _ => $"Gamma or beta of {who} changed under mode {began}, which freezes them: something but the optimiser wrote to them.",
        };
        return new Finding(
            layers[0].Name,
            $"Epoch {epoch}: {what} Go back to a copy, a file or a checkpoint from before this epoch, "
            + $"with {Option.SetFirst("Mode", began, of: "Set-FreezeMode")}.");
    }

    /// <summary>Compares what a layer should do and what it does.</summary>
    private sealed class Watch
    {
        private static readonly (FitActs Act, Kind Kind)[] KindOf =
        [
            (FitActs.NormalizedByBatch, Kind.NormalizesByBatch),
            (FitActs.NormalizedByMoving, Kind.NormalizesByMoving),
            (FitActs.MovedStatistics, Kind.MovesStatistics),
            (FitActs.KeptStatistics, Kind.KeepsStatistics),
            (FitActs.LearntNothing, Kind.LearnsNothing),
        ];

        private readonly FitActs _expected;
        private readonly byte[][]? _parameters;
        private byte[][]? _statistics;

        public Watch(BatchNorm layer)
        {
            (Layer, Mode) = (layer, layer.Mode);
            _expected = Said;
            _statistics = layer.UpdatesStatistics ? null : [.. Statistics.Select(Bits)];
            _parameters = layer.Learns ? null : [.. Parameters.Select(Bits)];
            layer.Acts = FitActs.None;
        }

        public BatchNorm Layer { get; }

        public FreezeMode Mode { get; }

        /// <summary>What the layer's mode says now.</summary>
        private FitActs Said => (Layer.NormalizesBy == NormalizationSource.Batch ? FitActs.NormalizedByBatch : FitActs.NormalizedByMoving)
            | (Layer.UpdatesStatistics ? FitActs.MovedStatistics : FitActs.KeptStatistics)
            | (Layer.Learns ? FitActs.None : FitActs.LearntNothing);

        private IEnumerable<torch.Tensor> Statistics => Layer.Buffers.Select(buffer => buffer.Value);

        private IEnumerable<torch.Tensor> Parameters => Layer.Parameters.Select(parameter => (torch.Tensor)parameter.Value);

        public IEnumerable<Kind> Look()
        {
            // A layer whose features are cached doesn't run. In that case its mode is checked instead of its acts.
            var unexpected = (Layer.Acts == FitActs.None ? Said : Layer.Acts) & ~_expected;
            Layer.Acts = FitActs.None;
            if (unexpected.HasFlag(FitActs.MovedStatistics))
            {
                // The statistics differ from the copy from now on. Without this, a second finding would blame something else for it.
                _statistics = null;
            }

            return KindOf.Where(pair => unexpected.HasFlag(pair.Act)).Select(pair => pair.Kind)
                .Concat(Differ(_statistics, Statistics) ? [Kind.StatisticsWritten] : [])
                .Concat(Differ(_parameters, Parameters) ? [Kind.ParametersChanged] : []);
        }

        private static bool Differ(byte[][]? copies, IEnumerable<torch.Tensor> tensors) =>
            copies is not null && copies.Zip(tensors).Any(pair => !SameBits(pair.First, pair.Second));

        private static bool SameBits(byte[] copy, torch.Tensor tensor)
        {
            using var here = tensor.cpu();
            return here.bytes.SequenceEqual(copy);
        }

        private static byte[] Bits(torch.Tensor tensor)
        {
            using var here = tensor.cpu();
            return here.bytes.ToArray();
        }
    }
}
