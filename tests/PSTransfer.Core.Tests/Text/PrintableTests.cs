using PSTransfer.Core.Text;

namespace PSTransfer.Core.Tests.Text;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("cat", "cat")]
    [InlineData("", "")]
    [InlineData("Ångström 犬 😀 C:\\x", "Ångström 犬 😀 C:\\x")]
    [InlineData("a\u001b[31mb\a", "a\\u001B[31mb\\u0007")]
    [InlineData("a\u009b31mb\u0085", "a\\u009B31mb\\u0085")]
    [InlineData("a\tb\r\nc\0\u007f", "a\\u0009b\\u000D\\u000Ac\\u0000\\u007F")]
    [InlineData("\u202Egnp.\u202C\u2066\u2067\u2068\u2069", "\\u202Egnp.\\u202C\\u2066\\u2067\\u2068\\u2069")]
    [InlineData("c\u200Bat\u200E\u200F\uFEFF\u00AD\u2060", "c\\u200Bat\\u200E\\u200F\\uFEFF\\u00AD\\u2060")]
    [InlineData("c\u200Cat\u200D", "c\\u200Cat\\u200D")]
    [InlineData("a\u2028b\u2029", "a\\u2028b\\u2029")]
    [InlineData("a\uFFFE\uFDD0", "a\\uFFFE\\uFDD0")]
    [InlineData("\U000E0041", "\\uDB40\\uDC41")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")]
    [InlineData("👩\u200D🔬", "👩\u200D🔬")]
    public void WhatATerminalWouldObeyIsEscaped(string text, string shown)
    {
        Assert.Equal(shown, Printable.Line(text));
        Assert.Equal(shown, Printable.Text(text));
        Assert.Equal(text == shown, Printable.IsPrintable(text));
    }

    // Not in the theory above: a test's name can't hold them.
    [Fact]
    public void HalvesOfPairsAreEscaped() => Assert.Equal("a\\uD83Db\\uDE00", Printable.Line("a\uD83Db\uDE00"));

    [Fact]
    public void LinesKeepTheirEndsAlone() => Assert.Equal("a\nb\n\\u0009c\\u000D", Printable.Lines("a\r\nb\n\tc\r"));

    [Fact]
    public void ALongNameIsCutBetweenLetters()
    {
        var shown = Printable.Text(new string('x', 199) + "😀😀");
        Assert.Equal(new string('x', 199) + "...", shown);
        Assert.Equal(300, Printable.Line(new string('x', 300)).Length);
    }

    [Fact]
    public void AnErrorHoldsNoControlCharacterWhereverItsTextComesFrom()
    {
        var error = new PSTransferException(FaultKind.InvalidData, "\u001b]0;x\a.png: not\nan image", "\u001b.png");
        Assert.Equal("\\u001B]0;x\\u0007.png: not\nan image", error.Message);
        Assert.Equal("\u001b.png", error.Target);
    }
}
