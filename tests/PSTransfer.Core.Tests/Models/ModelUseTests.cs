namespace PSTransfer.Core.Tests.Models;

public sealed class ModelUseTests
{
    [Fact]
    public void TwoThreadsMayReadButNoneMayChangeWhatAnotherReads()
    {
        using var network = SmallModelFile.Network();
        using var reading = network.Use.Read("being measured");

        Assert.Null(Elsewhere(() => network.Clone().Dispose()));
        var fault = Elsewhere(() => new FreezePlan { Mode = FreezeMode.None }.Apply(network));
        Assert.Equal(FaultKind.InvalidOperation, fault!.Kind);
        Assert.Contains($"'{network.Name}' is being measured by another command", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsBeingTrainedIsRefusedByNameUntilItEnds()
    {
        using var network = SmallModelFile.Network();
        using (network.Use.Change("being trained"))
        {
            var fault = Elsewhere(() => network.Clone().Dispose());
            Assert.Contains($"'{network.Name}' is being trained", fault!.Message, StringComparison.Ordinal);
        }

        Assert.Null(Elsewhere(() => network.Clone().Dispose()));
    }

    [Fact]
    public void AThreadMayDoMoreInsideItsOwnWork()
    {
        using var network = SmallModelFile.Network();
        using var reading = network.Use.Read("being used for predictions");
        using var training = network.Use.Change("being trained");
        network.Clone().Dispose();
    }

    [Fact]
    public void AModelDisposedMeanwhileIsRefusedAtOnceAndFreedWhenTheWorkEnds()
    {
        var network = SmallModelFile.Network();
        var weights = network.State.First().Value;
        using (network.Use.Read("being measured"))
        {
            Assert.Null(Elsewhere(network.Dispose));
            Assert.False(weights.IsInvalid);
            Assert.Contains("was disposed", Elsewhere(() => network.Clone().Dispose())!.Message, StringComparison.Ordinal);
        }

        Assert.True(weights.IsInvalid);
    }

    private static PSTransferException? Elsewhere(Action action)
    {
        PSTransferException? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (PSTransferException exception)
            {
                fault = exception;
            }
        });
        thread.Start();
        thread.Join();
        return fault;
    }
}
