using PSTransfer.Core.Text;

namespace PSTransfer.Core.Tests.Text;

public sealed class NameListTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("ab", "a or b")]
    [InlineData("abc", "a, b or c")]
    public void AWordStandsBeforeTheLastName(string letters, string text) =>
        Assert.Equal(text, NameList.All(letters.Select(letter => $"{letter}"), "or"));

    [Theory]
    [InlineData("ab", 2, "a, b")]
    [InlineData("ab", 3, "a, b and 1 more")]
    [InlineData("", 0, "")]
    public void NamesThatAreLeftOutAreCounted(string letters, int count, string text) =>
        Assert.Equal(text, NameList.Some(letters.Select(letter => $"{letter}"), count));
}
