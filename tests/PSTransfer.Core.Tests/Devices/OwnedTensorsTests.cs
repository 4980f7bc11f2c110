using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Devices;

/// <summary>The walk finds a tensor that was forgotten, wherever it is kept: what <see cref="MetaDeviceTests"/> rests on.</summary>
public sealed class OwnedTensorsTests
{
    public static TheoryData<string> Places { get; } = new(Made(zeros(1, device: CPU)).Keys);

    [Theory]
    [MemberData(nameof(Places))]
    public void ATensorIsFound(string place)
    {
        using var tensor = zeros(1, device: CPU);
        Assert.Single(OwnedTensors.Of(Made(tensor)[place]));
    }

    [Fact]
    public void ALayerThatForgetsATensorWhenItIsMovedFails()
    {
        using var layer = new Forgetful();
        layer.MoveTo(new Device(DeviceType.META));

        Assert.Equal("_forgotten is on CPU", Assert.Single(OwnedTensors.Elsewhere(layer, new Device(DeviceType.META))));
    }

    [Fact]
    public void AGeneratorCountsAsWell()
    {
        using var random = new Generator(1, CPU);
        Assert.Single(OwnedTensors.Of(new { random }));
    }

    [Fact]
    public void AGradientCountsAsWell()
    {
        using var weight = ones(1, device: CPU, requires_grad: true);
        using var loss = weight.sum();
        loss.backward();
        Assert.Equal(["weight", "weight.grad"], OwnedTensors.Of(new Holder(weight)).Select(found => found.Path));
    }

    [Fact]
    public void WhatLeadsBackEnds()
    {
        var one = new List<object>();
        one.Add(one);
        Assert.Empty(OwnedTensors.Of(one));
    }

    private static Dictionary<string, object> Made(Tensor tensor) => new()
    {
        ["itself"] = tensor,
        ["a field"] = new Holder(tensor),
        ["a base type's field"] = new Derived(tensor),
        ["a list"] = new List<Tensor> { tensor },
        ["a list of pairs"] = new List<KeyValuePair<string, Tensor>> { new("a", tensor) },
        ["an array of arrays"] = (Tensor[][])[[tensor]],
        ["a dictionary"] = new Dictionary<string, object> { ["a"] = new Holder(tensor) },
        ["a tuple"] = (1, ("a", tensor)),
        ["what a delegate has captured"] = () => tensor,
        ["a sequence that nobody has begun"] = new[] { 1 }.Select(_ => tensor),
        ["a lazy value"] = Computed(tensor),
    };

    private static Lazy<Tensor> Computed(Tensor tensor)
    {
        var lazy = new Lazy<Tensor>(() => tensor);
        Assert.Same(tensor, lazy.Value);
        return lazy;
    }

    private class Holder(Tensor tensor)
    {
        private readonly Tensor weight = tensor;

        public override string ToString() => $"{weight.shape.Length}";
    }

    private sealed class Derived(Tensor tensor) : Holder(tensor);

    /// <summary>Keeps a tensor beside its buffers, as a careless layer would.</summary>
    private sealed class Forgetful : UnaryLayer
    {
        private readonly Tensor _forgotten = ones(3, device: CPU);

        public Forgetful()
            : base("forgetful") => AddBuffer("kept", ones(3, device: CPU));

        protected override Tensor Forward(Tensor x, ForwardPass pass) => x.mul(_forgotten);
    }
}
