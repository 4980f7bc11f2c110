namespace PSTransfer.Core.Tests.Models.Matching;

public sealed class BrokenWeightsTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void NamesTheTensors(float number)
    {
        using var network = SmallModelFile.Network();
        Assert.Null(BrokenWeights.Warning(network));
        var (name, tensor) = network.State.Last();
        using (torch.no_grad())
        {
            tensor.view(-1)[0] = number;
        }

        Assert.Contains($"1 of its tensors hold NaN or infinity ({name})", BrokenWeights.Warning(network)!, StringComparison.Ordinal);
    }
}
