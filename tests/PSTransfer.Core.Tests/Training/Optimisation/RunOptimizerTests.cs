using PSTransfer.Core.Tests.Networks.Layers;
using TorchSharp.Modules;

namespace PSTransfer.Core.Tests.Training.Optimisation;

public sealed class RunOptimizerTests
{
    public static TheoryData<string, TrainingOptions> Rules => new()
    {
        { "SGD", new() },
        { "SGD with decay", new() { WeightDecay = 0.1 } },
        { "SGD with momentum", new() { Momentum = 0.9 } },
        { "SGD with momentum and decay", new() { Momentum = 0.5, WeightDecay = 0.1 } },
        { "SGD, Nesterov", new() { Momentum = 0.9, Nesterov = true } },
        { "SGD, Nesterov, with decay", new() { Momentum = 0.9, Nesterov = true, WeightDecay = 0.1 } },
        { "Adam", new() { Optimizer = OptimizerKind.Adam } },
        { "Adam with decay", new() { Optimizer = OptimizerKind.Adam, WeightDecay = 0.1 } },
        { "AdamW", new() { Optimizer = OptimizerKind.AdamW } },
        { "AdamW without decay", new() { Optimizer = OptimizerKind.AdamW, WeightDecay = 0 } },
    };

    /// <summary>TorchSharp's port of PyTorch's optimisers is the measure: weights and state, to the bit, at changing rates.</summary>
    [Theory]
    [MemberData(nameof(Rules))]
    public void EveryStepGivesTheBitsOfTorchsOwn(string rule, TrainingOptions options)
    {
        Assert.NotEmpty(rule);
        using var ours = SmallNetwork.Create();
        using var theirs = SmallNetwork.Create();
        using var optimizer = new RunOptimizer(ours, options);
        var parameters = theirs.Layers.SelectMany(layer => layer.Parameters).ToList();
        using var measure = Torchs(options, [.. parameters.Select(p => p.Value)]);
        for (var step = 0; step < 8; step++)
        {
            var rate = 0.1 / (step + 1);
            Learn(ours, step, loss => optimizer.Step(loss, rate));
            Learn(theirs, step, loss =>
            {
                measure.ParamGroups.Single().LearningRate = rate;
                measure.zero_grad();
                loss.backward();
                measure.step();
            });

            Bits.AssertEqual(Bits.Of(theirs), Bits.Of(ours));
            Assert.Equal(StateOf(measure), optimizer.State.Select(tensor => tensor.Value.data<float>().ToArray()));
        }
    }

    [Theory]
    [InlineData(OptimizerKind.SGD, 0.9)]
    [InlineData(OptimizerKind.AdamW, 0)]
    public void NothingIsCollectedThatAStepStillReads(OptimizerKind kind, double momentum)
    {
        var quiet = Train();
        using var collector = new BusyCollector();
        Bits.AssertEqual(quiet, Train());

        Dictionary<string, byte[]> Train()
        {
            using var network = SmallNetwork.Create();
            new FreezePlan { Mode = FreezeMode.Inference }.Apply(network);
            using var optimizer = new RunOptimizer(
                network, new() { Optimizer = kind, Momentum = momentum, Nesterov = momentum > 0, WeightDecay = 0.1 });
            var logits = network.Layers.Last();
            for (var step = 0; step < 300; step++)
            {
                using var first = logits.Parameters[0].Value.sum();
                using var second = logits.Parameters[1].Value.sum();
                using var loss = first.mul(second);
                optimizer.Step(loss, 1e-3);
            }

            return Bits.Of(network);
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void AParameterWithoutAGradientStays(string rule, TrainingOptions options)
    {
        Assert.NotEmpty(rule);
        using var network = SmallNetwork.Create();
        var before = Bits.Of(network);
        using var optimizer = new RunOptimizer(network, options);
        using var scope = torch.NewDisposeScope();

        optimizer.Step(network.State.Single(tensor => tensor.Key == "head.logits.weight").Value.sum(), 0.1);

        Assert.Equal(["head.logits.weight"], Bits.Differences(before, Bits.Of(network)));
        Assert.All(optimizer.State, tensor => Assert.EndsWith(".head.logits.weight", tensor.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void AGradientFromElsewhereIsNotAdded()
    {
        using var network = SmallNetwork.Create();
        using var other = SmallNetwork.Create();
        using var optimizer = new RunOptimizer(network, new());
        using var otherOptimizer = new RunOptimizer(other, new());
        Learn(network, 7, loss => loss.backward());

        Learn(network, 0, loss => optimizer.Step(loss, 0.1));
        Learn(other, 7, _ => { });
        Learn(other, 0, loss => otherOptimizer.Step(loss, 0.1));

        Bits.AssertEqual(Bits.Of(other), Bits.Of(network));
    }

    private static void Learn(TransferNetwork network, int step, Action<torch.Tensor> learn)
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator((ulong)step, torch.CPU);
        var images = torch.randn(5, 3, 8, 8, generator: random);
        var labels = torch.tensor([0L, 1, 2, 1, 0]);
        learn(Objective.For(network).Loss(network.Forward(images, ForwardPass.Fit(random)), labels));
    }

    private static OptimizerHelper Torchs(TrainingOptions options, IReadOnlyList<Parameter> parameters) => options.Optimizer switch
    {
        OptimizerKind.Adam => torch.optim.Adam(parameters, weight_decay: options.Decay),
        OptimizerKind.AdamW => torch.optim.AdamW(parameters, weight_decay: options.Decay),
        _ => torch.optim.SGD(parameters, 1, options.Momentum, weight_decay: options.Decay, nesterov: options.Nesterov),
    };

    private static IEnumerable<float[]> StateOf(OptimizerHelper optimizer) => optimizer.state_dict().State.SelectMany(state => state switch
    {
        SGD.State sgd => sgd.momentum_buffer is null ? [] : new[] { sgd.momentum_buffer },
        Adam.State adam => [adam.exp_avg, adam.exp_avg_sq],
        AdamW.State adamW => [adamW.exp_avg, adamW.exp_avg_sq],
        _ => [],
    }).Select(tensor => tensor.data<float>().ToArray());
}
