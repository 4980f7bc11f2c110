using static TorchSharp.torch;
using Bits = PSTransfer.Core.Tests.Models.Bits;
using MadeImages = PSTransfer.Core.Tests.Training.Images;

namespace PSTransfer.Core.Tests.Data.Augmenting;

public class MixupTests
{
    private static readonly Augmentation On = Augmentation.Parse(["Mixup"])!;

    public MixupTests() => LibTorch.EnsureLoaded();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void TheShareDependsOnSeedEpochAndStepAndFollowsItsDistribution()
    {
        Assert.Null(Mixup.For(null, 1, 1, 1));
        Assert.Null(Mixup.For(new Augmentation(true, 0, 0), 1, 1, 1));
        Assert.Equal(ShareOf(0.2, 1, 1, 1), ShareOf(0.2, 1, 1, 1));
        Assert.Equal(
            4, new[] { ShareOf(0.2, 1, 1, 1), ShareOf(0.2, 2, 1, 1), ShareOf(0.2, 1, 2, 1), ShareOf(0.2, 1, 1, 2) }.Distinct().Count());

        // Beta(1, 1) is uniform, so that the larger part is so from a half to 1: mean 3/4, variance 1/48. Beta(a, a)'s variance, about a
        // half, is 1 / (4 (2a + 1)).
        foreach (var alpha in new[] { 1.0, 0.2, 0.001 })
        {
            var shares = Enumerable.Range(0, 4000).Select(step => ShareOf(alpha, 42, 1, step)).ToList();
            Assert.All(shares, share => Assert.InRange(share, 0.5, 1));
            Assert.Equal(1 / (4 * ((2 * alpha) + 1)), shares.Average(share => (share - 0.5) * (share - 0.5)), 0.006);
        }
    }

    [Fact]
    public void ImagesAreMixedWithTheNextAndLossesWithItsLabels()
    {
        using var scope = NewDisposeScope();
        var mixup = Mixup.For(On, 42, 1, 3)!;
        var share = mixup.Share;
        var images = tensor([0f, 100f, 200f]).view(3, 1, 1, 1);
        var expected = new[] { 100 * (1 - share), (100 * share) + (200 * (1 - share)), 200 * share };
        Assert.All(expected.Zip(mixup.Images(images).data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));

        // Against soft targets, by torch's own cross entropy.
        var logits = tensor([0.3f, -1f, 2f, 0f, 1f, -0.5f, 0.7f, 0.1f, 0.2f]).view(3, 3);
        var labels = tensor([0L, 2L, 1L]);
        var soft = nn.functional.one_hot(labels, 3).to(float32) * (float)share
            + nn.functional.one_hot(labels.roll(-1, 0), 3).to(float32) * (float)(1 - share);
        var wanted = -(soft * logits.log_softmax(1)).sum(1).mean();
        var found = mixup.Loss(labels, hard => nn.functional.cross_entropy(logits, hard));
        Assert.Equal(wanted.item<float>(), found.item<float>(), 1e-5);
    }

    [Fact]
    public void TrainingWithMixupIsItsOwnAndTheSameEachTime()
    {
        Assert.Equal(Run(On), Run(On));
        Assert.NotEqual(Run(null), Run(On));
    }

    [Fact]
    public void OneLogitIsRefusedBeforeAnythingChanges()
    {
        using var network = SmallNetwork.Create(classes: 1);
        var before = Bits.Of(network);
        var error = Assert.Throws<PSTransferException>(() =>
            new Trainer(network, new TrainingOptions { Augmentation = On, BatchNormMomentum = 0.5 }).Fit(MadeImages.Make(8), null, Token));
        Assert.Equal((FaultKind.InvalidArgument, "Augmentation"), (error.Kind, error.Target));
        Assert.Contains("Mixup", error.Message, StringComparison.Ordinal);
        Assert.Contains("one logit", error.Message, StringComparison.Ordinal);
        Bits.AssertEqual(before, Bits.Of(network));
        new Trainer(network, new TrainingOptions { Augmentation = Augmentation.Parse(["Strong"]) }).Fit(MadeImages.Make(8), null, Token);
    }

    [Fact]
    public void TheNumberOfLiveTensorsStaysFlatWithEveryChangeOn()
    {
        // What earlier tests have left to the collector would be counted as it goes.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var network = SmallNetwork.Create(classes: 2);
        var images = MadeImages.Make(20);
        List<long> counts = [];
        var options = new TrainingOptions
        {
            Epochs = 5,
            BatchSize = 16,
            Augmentation = Augmentation.Parse([.. AugmentationNames.All.Except(["Light", "Standard", "Strong", "TrivialAugment"])]),
        };
        new Trainer(network, options, new Observing(epochDone: _ => counts.Add(Tensor.TotalCount))).Fit(images, null, Token);
        Assert.Equal(5, counts.Count);
        Assert.Equal(counts[2], counts[4]);
    }

    private static double ShareOf(double alpha, int seed, int epoch, int step) =>
        Mixup.For(new Augmentation(false, 0, 0) { Mixup = alpha }, seed, epoch, step)!.Share;

    private static double[] Run(Augmentation? augmentation)
    {
        using var network = SmallNetwork.Create(classes: 2);
        var run = new Trainer(network, new TrainingOptions { Epochs = 2, BatchSize = 8, Augmentation = augmentation }).Fit(
            MadeImages.Make(10), null, Token);
        return [.. run.History.Select(epoch => epoch.Loss)];
    }
}
