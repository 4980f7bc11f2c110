using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Native;

/// <summary>The shipped libtorch loads on this machine and trains, through the paths that need the C++ runtime most.</summary>
public class TrainingStepTests
{
    [Fact]
    public void OneStepOfSgdMovesTheWeightAgainstItsGradient()
    {
        Core.Native.LibTorch.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 1, hasBias: false);
        using (no_grad()) layer.weight.copy_(tensor(new float[,] { { 1, -1 } }));
        using var optimizer = optim.SGD(layer.parameters(), 0.5);

        // loss = (w.x - 1)^2 with w.x = 1, x = (3, 2): the gradient is zero; with x = (2, 1) and target 0 it is 2 (w.x) x = (4, 2).
        var loss = (layer.forward(tensor(new float[,] { { 2, 1 } })) - 0).pow(2).sum();
        loss.backward();
        optimizer.step();

        Assert.Equal(1f, loss.item<float>());
        Assert.Equal([-1f, -2f], layer.weight.data<float>().ToArray());
    }

    [Fact]
    public void AnErrorOfLibtorchArrivesAsAnException()
    {
        Core.Native.LibTorch.EnsureLoaded();
        using var a = ones(2, 3);
        using var b = ones(2, 4);

        var e = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => a.add(b));

        Assert.Contains("must match the size", e.Message);
    }
}
