using PSTransfer.Core.Training.Loss;

namespace PSTransfer.Core.Tests.Training.Loss;

public sealed class TrainingLossTests
{
    [Fact]
    public void SmoothingAndWeightsEqualPyTorchs()
    {
        var fixture = Fixture.Read("training/losses.json");
        foreach (var @case in fixture.GetProperty("cases").EnumerateArray())
        {
            using var scope = torch.NewDisposeScope();
            var binary = @case.GetProperty("binary").GetBoolean();
            using var network = SmallNetwork.Create(classes: binary ? 1 : 3);
            var weights = @case.GetProperty("weights") is { ValueKind: System.Text.Json.JsonValueKind.Array } list
                ? list.EnumerateArray().Select(w => w.GetDouble()).ToArray()
                : null;
            var labels = fixture.GetProperty(binary ? "binaryLabels" : "labels");
            using var objective = new TrainingLoss(Objective.For(network), @case.GetProperty("smoothing").GetDouble(), weights, torch.CPU);
            var logits = torch.tensor(fixture.GetProperty(binary ? "score" : "logits").Floats()).reshape(6, -1).requires_grad_();

            var loss = objective.Mean(logits, labels.ToLabels());
            loss.backward();

            Assert.Equal(@case.GetProperty("loss").GetDouble(), loss.item<float>(), 1e-6);
            Assert.Equal(@case.GetProperty("gradient").Floats(), logits.grad!.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
            var numbers = labels.EnumerateArray().Select(label => label.GetInt32()).ToList();
            Assert.Equal(numbers.Sum(label => weights?[label] ?? 1), objective.Weight(numbers), 12);
        }
    }

    [Fact]
    public void ClippingEqualsPyTorchs()
    {
        foreach (var @case in Fixture.Read("training/losses.json").GetProperty("clips").EnumerateArray())
        {
            using var scope = torch.NewDisposeScope();
            var gradients = @case.GetProperty("gradients").EnumerateArray().Select(values => torch.tensor(values.Floats())).ToList();
            GradientClip.Apply(gradients, @case.GetProperty("limit").GetDouble());
            foreach (var (expected, actual) in @case.GetProperty("clipped").EnumerateArray().Zip(gradients))
            {
                Assert.Equal(expected.Floats(), actual.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
            }
        }
    }

    [Fact]
    public void AClassIsFoundWhateverItsCaseUnlessTwoDifferByCaseAlone()
    {
        Assert.Equal([1, 2, 1], Of(["boot", "Sneaker", "Sandal"], "sneaker")!);
        Assert.Equal([1, 2, 1], Of(["sneaker", "Sneaker", "Sandal"], "Sneaker")!);
        Assert.StartsWith(
            "-ClassWeight names the class 'SNEAKER', and 'made' has 'sneaker' and 'Sneaker'.",
            Assert.Throws<PSTransferException>(() => Of(["sneaker", "Sneaker", "Sandal"], "SNEAKER")).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "-ClassWeight gives the class 'Sneaker' two weights.",
            Assert.Throws<PSTransferException>(() => Of(["boot", "Sneaker", "Sandal"], "sneaker", "Sneaker")).Message);

        static double[]? Of(string[] classes, params string[] names) => ClassWeights.Of(
            PSTransfer.Core.Data.Sets.LabeledImages.FromMemory(
                "made", new(classes, [0, 1, 2], [0, 1, 2]), new(1, 1, 3), [new byte[3], new byte[3], new byte[3]], new(), []),
            new TrainingOptions { ClassWeights = names.ToDictionary(name => name, _ => 2.0) });
    }

    [Fact]
    public void ClassesAreWeightedByNameAndUnknownOnesRefused()
    {
        var data = Images.Make(3, classes: 3).Subset([0, 1, 2, 3, 6], "some");
        Assert.Equal(
            [1, 2.5, 1],
            ClassWeights.Of(data, new TrainingOptions { ClassWeights = new Dictionary<string, double> { ["class1"] = 2.5 } })!);
        Assert.Equal([5 / 9.0, 5 / 3.0, 5 / 3.0], ClassWeights.Of(data, new TrainingOptions { BalanceClasses = true })!);
        Assert.Equal([1.5, 0.75, 1], ClassWeights.Balanced([1, 2, 0]));
        var error = Assert.Throws<PSTransferException>(() =>
            ClassWeights.Of(data, new TrainingOptions { ClassWeights = new Dictionary<string, double> { ["clas1"] = 2 } }));
        Assert.Equal("ClassWeight", error.Target);
        Assert.EndsWith("doesn't have. Did you mean 'class1'?", error.Message, StringComparison.Ordinal);
    }
}
