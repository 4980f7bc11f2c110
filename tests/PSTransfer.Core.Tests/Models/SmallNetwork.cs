using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Models;

/// <summary>The fixtures' network: two convolutions, two BatchNorms, and a head of logits on averaged features.</summary>
internal static class SmallNetwork
{
    public static TransferNetwork Create(
        BackboneFamily family = BackboneFamily.Torch,
        double epsilon = 1e-5,
        int classes = 3,
        Preprocessing preprocessing = Preprocessing.None,
        double dropout = 0,
        int seed = 1,
        int size = 8)
    {
        var spec = new BackboneSpec
        {
            Name = "small",
            Family = family,
            DefaultImageSize = 8,
            MinimumImageSize = 1,
            Preprocessing = preprocessing,
            Epsilon = epsilon,
            Reference = "none",
            Layout = g =>
            {
                var x = g.Conv("conv1", GraphBuilder.Input, 4, kernel: 3, padding: 1);
                x = g.BatchNorm("bn1", x);
                x = g.Relu("relu1", x);
                x = g.Conv("conv2", x, 6, kernel: 3, stride: 2, padding: 1);
                x = g.BatchNorm("bn2", x);
                g.Relu("relu2", x);
                return null;
            },
        };
        var network = TransferNetwork.Create(spec, new ImageShape(size, size, 3), seed);
        network.SetHead(new Head { ClassCount = classes, Dropout = dropout }, seed + 1);
        return network;
    }

    /// <summary>The network with freeze.json's initial tensors.</summary>
    public static TransferNetwork FromFixture(BackboneFamily family = BackboneFamily.Torch, double epsilon = 1e-5)
    {
        var network = Create(family, epsilon);
        using var _ = no_grad();
        foreach (var (name, tensor) in network.State)
        {
            using var initial = Fixture.Freeze.GetProperty("initial").GetProperty(FixtureName(name)).ToTensor();
            tensor.copy_(initial);
        }

        return network;
    }

    /// <summary>Moves the statistics to those of other images, as a pretrained backbone's are.</summary>
    public static void AdaptStatistics(TransferNetwork network, LabeledImages old)
    {
        using var random = new torch.Generator(0, torch.CPU);
        using var noGradient = torch.no_grad();
        for (var i = 0; i < 50; i++)
        {
            foreach (var batch in new BatchLoader(old, 40, torch.CPU).Read(BatchLoader.Order(old.Count, i, 0), default))
            {
                using (batch)
                {
                    network.Forward(batch.Input, ForwardPass.Fit(random)).Dispose();
                }
            }
        }
    }

    /// <summary>The fixtures call the head's only layer logits.</summary>
    public static string FixtureName(string name) => name.StartsWith("head.", StringComparison.Ordinal) ? name[5..] : name;
}
