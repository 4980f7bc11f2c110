namespace PSTransfer.Core.Tests.Data.Sets;

public class ClassChoiceTests
{
    private static readonly string[] Names = ["Trouser", "Sneaker", "Ankle boot", "sneaker"];

    [Fact]
    public void NamesAreFoundExactlyThenWhateverTheCaseThenByNumber()
    {
        Assert.Equal([3], ClassChoice.Resolve(Names, ["sneaker"], "x"));
        Assert.Equal([1], ClassChoice.Resolve(Names, ["SNEAKER"], "x"));
        Assert.Equal([3, 2, 0], ClassChoice.Resolve(Names, ["3", "2", "trouser"], "x"));
        Assert.Equal([0, 1, 2, 3], ClassChoice.Resolve(Names, null, "x"));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("01")]
    [InlineData("0")]
    public void ANumberIsAPositionOnlyWhereNoClassIsNamedByOne(string wanted)
    {
        string[] numbered = ["1", "10", "2", "other"];
        Assert.Equal([2, 0], ClassChoice.Resolve(numbered, ["2", "1"], "x"));
        var error = Assert.Throws<PSTransferException>(() => ClassChoice.Resolve(numbered, [wanted], "x"));
        Assert.Contains($"unknown class '{wanted}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(wanted == "01", error.Message.Contains("Did you mean '1'?", StringComparison.Ordinal));
        Assert.EndsWith(
            "The classes are 1, 10, 2, other, by name only, since numbers are names here.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownNameGetsTheNearestOnes()
    {
        var error = Assert.Throws<PSTransferException>(() => ClassChoice.Resolve(["Trouser", "Sneaker", "Bag"], ["sneakr"], "shoes"));
        Assert.Equal(FaultKind.NotFound, error.Kind);
        Assert.Equal(
            "shoes: unknown class 'sneakr'. Did you mean 'Sneaker'? The classes are Trouser, Sneaker, Bag; by number 0 to 2.",
            error.Message);
    }

    [Theory]
    [InlineData("giraffe")]
    [InlineData("3")]
    [InlineData("-1")]
    [InlineData("")]
    public void WhatIsNearNothingGetsTheListOnly(string wanted)
    {
        var error = Assert.Throws<PSTransferException>(() => ClassChoice.Resolve(["Trouser", "Sneaker", "Sandal"], [wanted], "shoes"));
        Assert.DoesNotContain("Did you mean", error.Message, StringComparison.Ordinal);
        Assert.Contains("Trouser, Sneaker", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AClassAskedForTwiceIsRefused() =>
        Assert.Contains(
            "twice",
            Assert.Throws<PSTransferException>(() => ClassChoice.Resolve(["a", "b"], ["a", "0"], "x")).Message,
            StringComparison.Ordinal);
}
