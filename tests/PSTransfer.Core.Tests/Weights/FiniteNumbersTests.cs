namespace PSTransfer.Core.Tests.Weights;

public sealed class FiniteNumbersTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void OneThatIsNotIsFoundWhereverItStands(float number)
    {
        for (var at = 0; at < 100; at++)
        {
            var numbers = new float[100];
            numbers[at] = number;
            Assert.False(FiniteNumbers.All(numbers), $"at {at}");
        }
    }

    [Fact]
    public void AllOthersAreFinite()
    {
        Assert.True(FiniteNumbers.All([]));
        Assert.True(
            FiniteNumbers.All([.. Enumerable.Repeat((float[])[float.MaxValue, float.MinValue, float.Epsilon, -0f, 1f], 13)
                .SelectMany(values => values)]));
    }

    [Fact]
    public void OppositeInfinitiesDoNotCancel() =>
        Assert.False(
            FiniteNumbers.All([.. Enumerable.Repeat((float[])[float.PositiveInfinity, float.NegativeInfinity], 8)
                .SelectMany(values => values)]));
}
