using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Data.Augmenting;

public class AugmentationTests
{
    public AugmentationTests() => LibTorch.EnsureLoaded();

    [Fact]
    public void NamesAreParsedWithTheirNumbers()
    {
        Assert.Null(Augmentation.Parse([]));
        Assert.Equal(new Augmentation(true, 10, 4), Augmentation.Parse(["flip", "Rotation", "CROP"]));
        Assert.Equal(new Augmentation(false, 22.5, 2), Augmentation.Parse(["rotation:22.5", "Crop:2"]));
    }

    [Theory]
    [InlineData("Mirror")]
    [InlineData("Flip:3")]
    [InlineData("Rotation:-5")]
    [InlineData("Rotation:181")]
    [InlineData("Rotation:x")]
    [InlineData("Crop:0")]
    [InlineData("Crop:1.5")]
    [InlineData("")]
    public void AnythingElseIsAnErrorThatNamesIt(string name)
    {
        var error = Assert.Throws<PSTransferException>(() => Augmentation.Parse([name]));
        Assert.Equal("Augmentation", error.Target);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneGivenTwiceIsRefused()
    {
        Assert.Contains(
            "twice", Assert.Throws<PSTransferException>(() => Augmentation.Parse(["Flip", "Flip"])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "twice", Assert.Throws<PSTransferException>(() => Augmentation.Parse(["Crop:1", "Crop:2"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatHappensToAnImageDependsOnSeedEpochAndIndexAlone()
    {
        using var scope = NewDisposeScope();
        var images = Images(6);
        var augmentation = Augmentation.Parse(["Flip", "Rotation", "Crop"])!;
        var together = augmentation.Apply(images, 42, 1, [10, 11, 12, 13, 14, 15]);
        Assert.Equal(images.shape, together.shape);
        for (var i = 0; i < 6; i++)
        {
            AssertSame(together[i], augmentation.Apply(images.narrow(0, i, 1), 42, 1, [10 + i])[0]);
        }

        AssertSame(together, augmentation.Apply(images, 42, 1, [10, 11, 12, 13, 14, 15]));
        Assert.False(together.equal(augmentation.Apply(images, 42, 2, [10, 11, 12, 13, 14, 15])).all().item<bool>());
        Assert.False(together.equal(augmentation.Apply(images, 43, 1, [10, 11, 12, 13, 14, 15])).all().item<bool>());
        AssertSame(images, Images(6));
    }

    [Fact]
    public void FlipMirrorsHalfOfTheImagesAndLeavesTheRest()
    {
        using var scope = NewDisposeScope();
        var image = Images(1);
        var flip = new Augmentation(true, 0, 0);
        var flipped = 0;
        for (var index = 0; index < 400; index++)
        {
            var found = flip.Apply(image, 1, 0, [index]);
            var isMirror = found.equal(image.flip(3)).all().item<bool>();
            Assert.True(isMirror || found.equal(image).all().item<bool>());
            flipped += isMirror ? 1 : 0;
        }

        Assert.InRange(flipped, 160, 240);
    }

    [Fact]
    public void CropShiftsByUpToItsMarginWithBlackBehind()
    {
        using var scope = NewDisposeScope();
        var image = Images(1) + 1;
        var padded = nn.functional.pad(image, (2, 2, 2, 2));
        HashSet<(int, int)> seen = [];
        for (var index = 0; index < 300; index++)
        {
            var found = new Augmentation(false, 0, 2).Apply(image, 1, 0, [index]);
            var place = Enumerable.Range(0, 25).Select(i => (i / 5, i % 5))
                .Single(at => found.equal(padded.narrow(2, at.Item1, 6).narrow(3, at.Item2, 8)).all().item<bool>());
            seen.Add(place);
        }

        Assert.Equal(25, seen.Count);
    }

    [Fact]
    public void RotationTurnsAboutTheCentre()
    {
        using var scope = NewDisposeScope();
        var square = Images(1).narrow(3, 0, 6);
        AssertNear(square.rot90(1, (2, 3)), Rotate(square, [90]));
        AssertNear(square.rot90(3, (2, 3)), Rotate(square, [-90]));
        var oblong = Images(1);
        AssertNear(oblong.flip(2, 3), Rotate(oblong, [180]));

        // A quarter turn of an oblong image keeps the scale: the middle 6 columns turn as a square would, what was outside stays black.
        AssertNear(oblong.narrow(3, 1, 6).rot90(1, (2, 3)), Rotate(oblong, [90]).narrow(3, 1, 6));
        Assert.Equal(0f, Rotate(oblong, [90]).narrow(3, 0, 1).abs().max().item<float>());
    }

    [Fact]
    public void AnglesStayWithinTheirRangeOnBothSides()
    {
        using var scope = NewDisposeScope();
        var image = arange(0, 9, dtype: float32).reshape(1, 1, 1, 9).repeat(1, 1, 9, 1);
        List<double> slopes = [];
        for (var index = 0; index < 100; index++)
        {
            // A ramp turned by an angle falls along the columns by its sine.
            var turned = new Augmentation(false, 30, 0).Apply(image, 1, 0, [index]);
            slopes.Add((turned[0, 0, 5, 4] - turned[0, 0, 3, 4]).item<float>() / 2);
        }

        Assert.All(slopes, slope => Assert.InRange(Math.Abs(slope), 0, 0.501));
        Assert.True(slopes.Max() > 0.4 && slopes.Min() < -0.4);
    }

    private static Tensor Rotate(Tensor images, double[] degrees) =>
        Warp.Apply(images, [.. degrees.Select(angle => Warp.Placed(angle, 1, 0, 0))]);

    private static Tensor Images(int count) => (arange(0, count * 3 * 6 * 8, dtype: float32) * 37 % 256).reshape(count, 3, 6, 8);

    private static void AssertSame(Tensor expected, Tensor found) => Assert.True(expected.equal(found).all().item<bool>());

    private static void AssertNear(Tensor expected, Tensor found) =>
        Assert.InRange((expected - found).abs().max().item<float>(), 0f, 0.01f);
}
