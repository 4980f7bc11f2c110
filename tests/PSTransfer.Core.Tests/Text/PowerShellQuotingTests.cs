using PSTransfer.Core.Text;

namespace PSTransfer.Core.Tests.Text;

public class PowerShellQuotingTests
{
    [Theory]
    [InlineData("layer4.2.bn3", "layer4.2.bn3")]
    [InlineData("keras-resnet50", "keras-resnet50")]
    [InlineData("train.epochs=", "train.epochs=")]
    [InlineData("Köpek", "Köpek")]
    [InlineData("7", "7")]
    [InlineData("07", "'07'")]
    [InlineData("1e3", "'1e3'")]
    [InlineData("1kb", "'1kb'")]
    [InlineData("-x", "'-x'")]
    [InlineData("big cat", "'big cat'")]
    [InlineData("O'Brien", "'O''Brien'")]
    [InlineData("O\u2019Brien", "'O\u2019\u2019Brien'")]
    [InlineData("a,b", "'a,b'")]
    [InlineData("$x", "'$x'")]
    [InlineData("a`b", "'a`b'")]
    [InlineData("[1]", "'[1]'")]
    [InlineData("", "''")]
    [InlineData("a\u001b[31m$`\"", "\"a`u{1B}[31m`$```\"\"")]
    [InlineData("a\u202eb", "\"a`u{202E}b\"")]
    public void AnArgumentMeansItself(string text, string argument) => Assert.Equal(argument, PowerShellQuoting.Argument(text));

    [Theory]
    [InlineData("big", "big")]
    [InlineData("'O''B", "O'B")]
    [InlineData("'big cat'", "big cat")]
    [InlineData("\"a`$b", "a$b")]
    public void WhatIsTypedLosesItsQuotes(string typed, string text) => Assert.Equal(text, PowerShellQuoting.Unquote(typed));
}
