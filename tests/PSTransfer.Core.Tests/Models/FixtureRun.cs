namespace PSTransfer.Core.Tests.Models;

/// <summary>Trains a network over freeze.json's batches and holds the result against a fixture's.</summary>
internal static class FixtureRun
{
    /// <summary>All numbers of a run by name: losses, every tensor after the last step, logits of the evaluation batch.</summary>
    public static Dictionary<string, float[]> Run(
        TransferNetwork network, FreezeMode mode, TrainingOptions options, JsonElement? labels = null)
    {
        new FreezePlan { Mode = mode }.Apply(network);
        var objective = Objective.For(network);
        using var optimizer = new RunOptimizer(network, options);
        using var random = new torch.Generator(0, torch.CPU);
        var losses = new List<float>();
        var batches = Fixture.Freeze.GetProperty("batches").EnumerateArray();
        var answers = (labels ?? Fixture.Freeze.GetProperty("labels")).EnumerateArray();
        foreach (var (batch, answer) in batches.Zip(answers))
        {
            using var scope = torch.NewDisposeScope();
            var loss = objective.Loss(network.Forward(batch.ToTensor(), ForwardPass.Fit(random)), answer.ToLabels());
            losses.Add(loss.item<float>());
            optimizer.Step(loss, options.Rate);
        }

        var result = network.State.ToDictionary(pair => SmallNetwork.FixtureName(pair.Key), pair => pair.Value.data<float>().ToArray());
        result["losses"] = [.. losses];
        result["inferenceLogits"] = Logits(network, ForwardPass.Inference);
        result["trainingLogits"] = Logits(network, ForwardPass.Training());
        return result;
    }

    /// <summary>The evaluation batch's logits.</summary>
    public static float[] Logits(TransferNetwork network, ForwardPass pass)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return network.Forward(Fixture.Freeze.GetProperty("evaluation").ToTensor(), pass).data<float>().ToArray();
    }

    /// <summary>What a case of a fixture expects, by the names of <see cref="Run"/>.</summary>
    public static Dictionary<string, float[]> Expected(JsonElement @case)
    {
        var expected = @case.GetProperty("final").EnumerateObject().ToDictionary(tensor => tensor.Name, tensor => tensor.Value.Floats());
        foreach (var name in (string[])["losses", "inferenceLogits", "trainingLogits"])
        {
            if (@case.TryGetProperty(name, out var numbers))
            {
                expected[name] = numbers.Floats();
            }
        }

        return expected;
    }

    /// <summary>
    /// The largest ‖actual − expected‖ / ‖expected‖ of any tensor. No tensor of the fixtures is near zero, so no absolute floor is needed.
    /// </summary>
    public static double Distance(Dictionary<string, float[]> actual, Dictionary<string, float[]> expected) =>
        expected.Max(pair => Distance(actual[pair.Key], pair.Value));

    /// <summary>‖actual − expected‖ / ‖expected‖.</summary>
    public static double Distance(IReadOnlyList<float> actual, IReadOnlyList<float> expected)
    {
        if (actual.Count != expected.Count)
        {
            return double.PositiveInfinity;
        }

        var difference = actual.Zip(expected, (a, b) => Math.Pow((double)a - b, 2)).Sum();
        return Math.Sqrt(difference / expected.Sum(b => (double)b * b));
    }
}
