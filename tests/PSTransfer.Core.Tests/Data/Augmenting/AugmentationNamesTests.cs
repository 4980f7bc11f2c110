namespace PSTransfer.Core.Tests.Data.Augmenting;

public class AugmentationNamesTests
{
    private static readonly Augmentation None = new(false, 0, 0);

    [Fact]
    public void EachNameHasADefaultThatItsTextSaysAndThatReadsBack()
    {
        var expected =
            "RandomResizedCrop:0.08, Rotation:10, Zoom:0.2, Translation:0.1, Crop:4, Flip, RandAugment:9, Brightness:0.2, Contrast:0.2, "
            + "Saturation:0.2, Hue:0.05, Erasing:0.5, Mixup:0.2";
        var names = AugmentationNames.All.Except(["Light", "Standard", "Strong", "TrivialAugment"]).ToList();

        var read = Augmentation.Parse(names)!;

        Assert.Equal(expected, read.ToString());
        Assert.Equal(read, Augmentation.Parse(expected.Split(", ")));
        Assert.Equal(read, Augmentation.Parse([.. names.Select(name => name.ToUpperInvariant()).Reverse()]));
        Assert.Equal("TrivialAugment", Augmentation.Parse(["trivialaugment"])!.ToString());
    }

    [Fact]
    public void SetsAreWhatTheDocumentsSay()
    {
        Assert.Equal("Translation:0.1, Flip", Augmentation.Parse(["Light"])!.ToString());
        Assert.Equal(
            "RandomResizedCrop:0.35, Flip, Brightness:0.2, Contrast:0.2, Saturation:0.2", Augmentation.Parse(["standard"])!.ToString());
        Assert.Equal("RandomResizedCrop:0.08, Flip, TrivialAugment, Erasing:0.1", Augmentation.Parse(["STRONG"])!.ToString());
    }

    [Fact]
    public void AChangeBesideASetTakesItsPlaceWhereverItStands()
    {
        var expected = None with { Flip = true, Translation = 0.3, Mixup = 0.2 };
        Assert.Equal(expected, Augmentation.Parse(["Light", "Translation:0.3", "Mixup"]));
        Assert.Equal(expected, Augmentation.Parse(["Translation:0.3", "Mixup", "Light"]));
    }

    [Theory]
    [InlineData("'Rotaton:5'", "Did you mean 'Rotation'?", "Rotaton:5")]
    [InlineData("'Rotaton:5'", "Known are Light, Standard, Strong, RandomResizedCrop", "Rotaton:5")]
    [InlineData("'Zoom:0.95'", "a number above 0 and up to 0.9", "Zoom:0.95")]
    [InlineData("'RandAugment:2.5'", "a whole number above 0 and up to 30", "RandAugment:2.5")]
    [InlineData("'Mixup:1.1'", "up to 1", "Mixup:1.1")]
    [InlineData("'Hue:0.6'", "up to 0.5", "Hue:0.6")]
    [InlineData("'Light:2'", "takes no number", "Light:2")]
    [InlineData("'TrivialAugment:3'", "TrivialAugment takes no number", "TrivialAugment:3")]
    [InlineData("Light and Strong", "both sets", "Light", "Strong")]
    [InlineData("exclude each other", "choose one.", "RandAugment", "TrivialAugment")]
    [InlineData("exclude each other", "Strong has TrivialAugment", "RandAugment", "Strong")]
    [InlineData("'hue:0.1'", "given twice", "Hue", "hue:0.1")]
    public void WhatCannotBeIsRefusedWithTheRemedy(string what, string remedy, params string[] names)
    {
        var error = Assert.Throws<PSTransferException>(() => Augmentation.Parse(names));
        Assert.Equal((FaultKind.InvalidArgument, "Augmentation"), (error.Kind, error.Target));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }
}
