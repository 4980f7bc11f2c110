using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Models;
using PSTransfer.Core.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Evaluation;

/// <summary>The loss of a head, and what its logits mean.</summary>
internal sealed class Objective
{
    private const int NamesShown = 5;

    private readonly bool _binary;

    private Objective(bool binary) => _binary = binary;

    /// <summary>The loss that fits a model's head and a dataset.</summary>
    /// <exception cref="PSTransferException">
    /// The model has no head, the head doesn't fit the dataset's classes, or the loss doesn't fit the head.
    /// </exception>
    public static Objective For(TransferNetwork network, LabeledImages data, LossKind loss = LossKind.Auto)
    {
        var objective = For(network, loss);
        var logits = network.Head!.ClassCount;
        var needed = ClassesOf(network.Head);
        if (network.Classes.Count == 0 && data.Classes.Count != needed)
        {
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"The head has ClassCount {logits} and fits a dataset of {needed} classes, but '{data.Name}' has {data.Classes.Count} "
                + $"({string.Join(", ", data.Classes.Take(5))}{(data.Classes.Count > 5 ? "..." : string.Empty)}). "
                + $"Use {NewHead(data)}, or choose classes with {Chosen()}.",
                "ClassCount");
        }

        if (!KnowsClassesOf(network, data))
        {
            var unknown = data.Classes.Except(network.Classes).ToList();
            throw new PSTransferException(
                FaultKind.InvalidArgument,
                unknown.Count == 0
                    ? $"The model was trained for the classes {Some(network.Classes)}, but '{data.Name}' has {Some(data.Classes)}. "
                        + $"To train on, give {Chosen()} the model's classes in their order; to begin anew, replace "
                        + $"the head ({NewHead(data)})."
                    : $"'{data.Name}' has classes that the model was not trained for: {Some(unknown)}. "
                        + $"The model knows {Some(network.Classes)}. Choose classes with {Chosen()}; to train for other "
                        + $"classes, replace the head ({NewHead(data)}), "
                        + "which forgets what it has learnt.",
                "Dataset");
        }

        return objective;
    }

    /// <summary>Whether the model has a head, and one that fits the dataset's classes.</summary>
    public static bool Fits(TransferNetwork network, LabeledImages data) =>
        network.Head is { } head && data.Classes.Count == ClassesOf(head) && KnowsClassesOf(network, data);

    /// <summary>The loss that fits a model's head.</summary>
    public static Objective For(TransferNetwork network, LossKind loss = LossKind.Auto)
    {
        network.RequireHead();
        var logits = network.Head!.ClassCount;
        if ((loss == LossKind.BinaryCrossEntropy && logits != 1) || (loss == LossKind.CategoricalCrossEntropy && logits < 2))
        {
            throw PSTransferException.About(
                "Loss",
                $"{loss} needs {(logits == 1 ? "at least two logits" : "one logit")}, but the head has ClassCount {logits}. "
                + $"Leave {Option.Name("Loss")} at Auto, or change the head{Option.AtPrompt(" (Add-ClassifierHead -Force)")}.");
        }

        return new Objective(logits == 1);
    }

    /// <summary>Whether one logit tells two classes apart.</summary>
    public bool IsBinary => _binary;

    /// <summary>The mean loss of a batch.</summary>
    /// <param name="logits">N×ClassCount.</param>
    /// <param name="labels">N, int64.</param>
    public Tensor Loss(Tensor logits, Tensor labels) => _binary
        ? LossOfOneLogit(logits, labels, nn.Reduction.Mean)
        : nn.functional.cross_entropy(logits, labels);

    /// <summary>The mean loss of a batch, to the bit that of <see cref="Loss"/>, and the loss of each image, N.</summary>
    /// <param name="logits">N×ClassCount.</param>
    /// <param name="labels">N, int64.</param>
    public (Tensor Mean, Tensor Each) Losses(Tensor logits, Tensor labels)
    {
        if (_binary)
        {
            var losses = LossOfOneLogit(logits, labels, nn.Reduction.None);
            return (losses.mean(), losses);
        }

        // Cross-entropy is these two functions. Its mean has a sum of its own, whose last digit the mean of the losses hasn't.
        using var logarithms = nn.functional.log_softmax(logits, 1);
        return (nn.functional.nll_loss(logarithms, labels), nn.functional.nll_loss(logarithms, labels, reduction: nn.Reduction.None));
    }

    /// <summary>The label with the highest probability, N, int64.</summary>
    public Tensor Predict(Tensor logits)
    {
        if (!_binary)
        {
            return logits.argmax(1);
        }

        using var scores = logits.squeeze(1);
        using var zero = 0.ToScalar();
        using var positive = scores.gt(zero);
        return positive.to(ScalarType.Int64);
    }

    /// <summary>The probability of each class, N×classes; two columns for one logit.</summary>
    public Tensor Probabilities(Tensor logits)
    {
        if (!_binary)
        {
            return logits.softmax(1);
        }

        using var positive = logits.sigmoid();
        using var one = 1.ToScalar();
        using var opposite = positive.neg();
        using var negative = opposite.add(one, one); // without a factor of its own TorchSharp would make one in passing
        return cat([negative, positive], 1);
    }

    private static Tensor LossOfOneLogit(Tensor logits, Tensor labels, nn.Reduction reduction)
    {
        using var targets = labels.to(ScalarType.Float32);
        using var scores = logits.squeeze(1);
        return nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction: reduction);
    }

    private static string NewHead(LabeledImages data) =>
        Option.Set("ClassCount", data.Classes.Count, of: "Add-ClassifierHead") + Option.AtPrompt(" -Force");

    private static string Chosen() => Option.Name("Class", of: "Import-ImageDataset");

    private static string Some(IReadOnlyList<string> names) => NameList.Some(names.Take(NamesShown), names.Count);

    // One logit tells two classes apart.
    private static int ClassesOf(Head head) => head.ClassCount == 1 ? 2 : head.ClassCount;

    private static bool KnowsClassesOf(TransferNetwork network, LabeledImages data) =>
        network.Classes.Count == 0 || network.Classes.SequenceEqual(data.Classes);
}
