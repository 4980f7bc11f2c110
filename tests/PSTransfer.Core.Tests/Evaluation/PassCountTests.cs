namespace PSTransfer.Core.Tests.Evaluation;

/// <summary>A layer that counts images says how often a diagnosis runs each image through the model.</summary>
public sealed class PassCountTests
{
    private const int Count = 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LearningPhase.Inference)]
    [InlineData(LearningPhase.Dynamic)]
    [InlineData(LearningPhase.Training)]
    public void AMeasurementIsOnePass(LearningPhase phase) =>
        Assert.Equal(
            1, PassesOf(phasesAgree: true, (network, data) => ModelMeasurement.Make(network, data, phase, batchSize: 7, seed: 1, Token)));

    /// <summary>
    /// Dynamic, inference, training with dropout and without; the last two three times where orders of the images differ.
    /// </summary>
    [Theory]
    [InlineData(true, 4)]
    [InlineData(false, 8)]
    public void ALearningPhaseTestRunsEveryPhase(bool phasesAgree, int passes) =>
        Assert.Equal(passes, PassesOf(phasesAgree, (network, data) => new LearningPhaseTest(network).Run(data, null, token: Token)));

    /// <summary>The validation images are as many as the training images and add one pass.</summary>
    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 9)]
    public void ValidationIsOnePassMore(bool phasesAgree, int passes) =>
        Assert.Equal(passes, PassesOf(phasesAgree, (network, data) => new LearningPhaseTest(network).Run(data, Validation, token: Token)));

    /// <summary>The report's classes and changed images come from the passes of its learning-phase test.</summary>
    [Theory]
    [InlineData(true, false, 4)]
    [InlineData(true, true, 5)]
    [InlineData(false, false, 8)]
    [InlineData(false, true, 9)]
    public void ATrainingReportRunsNoPassTwice(bool phasesAgree, bool validates, int passes) => Assert.Equal(passes, PassesOf(
        phasesAgree,
        (network, data) => new TrainingReportMaker(network) { History = [] }.Run(data, validates ? Validation : null, token: Token)));

    private static LabeledImages Validation => Images.Make(Count / 2, seed: 3);

    private static double PassesOf(bool phasesAgree, Action<TransferNetwork, LabeledImages> action)
    {
        var counter = new Counter(phasesAgree);
        var spec =
            SmallNetwork.Create().Spec with
            {
                Layout = g => { g.Apply(counter, g.Conv("conv1", GraphBuilder.Input, 4, kernel: 3)); return null; }
            };
        using var network = TransferNetwork.Create(spec, new ImageShape(8, 8, 3), seed: 1);
        network.SetHead(new Head { ClassCount = 2 }, seed: 2);
        counter.Images = 0;
        action(network, Images.Make(Count / 2));
        return counter.Images / (double)Count;
    }

    private sealed class Counter(bool phasesAgree) : UnaryLayer("counter")
    {
        public long Images { get; set; }

        protected override torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
        {
            Images += x.shape[0];
            return pass.IsTraining && !phasesAgree ? x.mul(1.5) : x.alias();
        }
    }
}
