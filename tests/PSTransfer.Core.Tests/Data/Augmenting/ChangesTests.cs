using static TorchSharp.torch;

namespace PSTransfer.Core.Tests.Data.Augmenting;

/// <summary>What holds of each change, whatever it does.</summary>
public class ChangesTests
{
    private static readonly int[] Indices = [4, 8, 15, 16, 23, 42];

    public ChangesTests() => LibTorch.EnsureLoaded();

    public static TheoryData<string> Names => [.. AugmentationNames.All.Except(["Mixup"])];

    [Theory]
    [MemberData(nameof(Names))]
    public void AnImagesPixelsDependOnSeedEpochAndIndexAloneAndStayInRange(string name)
    {
        using var scope = NewDisposeScope();
        var augmentation = Augmentation.Parse([name])!;
        var images = Images(6, 3);
        var together = augmentation.Apply(images, 42, 1, Indices);

        Assert.Equal(images.shape, together.shape);
        AssertSame(images, Images(6, 3));
        var backwards = augmentation.Apply(images.flip(0).contiguous(), 42, 1, [.. Indices.Reverse()]);
        AssertSame(together, backwards.flip(0));
        for (var i = 0; i < 6; i++)
        {
            AssertSame(together[i], augmentation.Apply(images.narrow(0, i, 1), 42, 1, [Indices[i]])[0]);
        }

        // More than one, for Flip has two outcomes.
        Assert.Contains(
            Enumerable.Range(2, 5), epoch => !together.equal(augmentation.Apply(images, 42, epoch, Indices)).all().item<bool>());
        Assert.Contains(Enumerable.Range(43, 5), seed => !together.equal(augmentation.Apply(images, seed, 1, Indices)).all().item<bool>());

        // Rotation as it always was: bilinear weights add up to 1 but for rounding.
        Assert.InRange(together.min().item<float>(), 0f, 255f);
        Assert.InRange(together.max().item<float>(), 0f, name == "Rotation" ? 255.001f : 255f);
    }

    [Theory]
    [InlineData("Rotation")]
    [InlineData("Zoom")]
    [InlineData("Standard")]
    [InlineData("TrivialAugment")]
    public void SoItIsWhereLibtorchSharesTheWorkAmongThreads(string name)
    {
        using var scope = NewDisposeScope();
        var augmentation = Augmentation.Parse([name])!;
        var images = (arange(0, 9 * 3 * 160 * 224, dtype: float32) * 37 % 256).reshape(9, 3, 160, 224);
        int[] indices = [.. Enumerable.Range(0, 9)];
        var together = augmentation.Apply(images, 42, 1, indices);
        foreach (var i in indices)
        {
            AssertSame(together[i], augmentation.Apply(images.narrow(0, i, 1), 42, 1, [i])[0]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void GreyImagesAreTaken(string name)
    {
        using var scope = NewDisposeScope();
        var images = Images(6, 1);
        var changed = Augmentation.Parse([name])!.Apply(images, 42, 1, Indices);
        Assert.Equal(images.shape, changed.shape);
        Assert.Equal(name is "Saturation" or "Hue", images.equal(changed).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void WhiteStaysInRange(string name)
    {
        using var scope = NewDisposeScope();
        var changed = Augmentation.Parse([name])!.Apply(full([6, 3, 20, 28], 255f), 42, 1, Indices);
        Assert.InRange(changed.max().item<float>(), 0f, name == "Rotation" ? 255.001f : 255f);
    }

    [Fact]
    public void StreamsAreWhatTheyHaveAlwaysBeen()
    {
        // Written out: what a seed means must not change. Flip is stream 0, Rotation 1, Crop 2.
        using var scope = NewDisposeScope();
        var images = Images(6, 3);
        var degrees = Indices.Select(index => ((2 * SeededRandom.For(7, 3, index, 1).NextDouble()) - 1) * 20).ToArray();
        var expected = Warp.Apply(images, [.. degrees.Select(angle => Warp.Placed(angle, 1, 0, 0))]);
        var padded = nn.functional.pad(expected, (2, 2, 2, 2));
        expected = stack(Indices.Select((index, i) =>
        {
            var random = SeededRandom.For(7, 3, index, 2);
            var top = random.Next(5);
            var shifted = padded[i].narrow(1, top, 20).narrow(2, random.Next(5), 28);
            return SeededRandom.For(7, 3, index, 0).Next(2) == 1 ? shifted.flip(2) : shifted;
        }));

        AssertSame(expected, new Augmentation(true, 20, 2).Apply(images, 7, 3, Indices));
    }

    [Fact]
    public void OneChangeDoesNotAlterAnothersDraws()
    {
        // What is erased stays where it was when colours change as well: erasing comes after them.
        using var scope = NewDisposeScope();
        var white = full([6, 3, 20, 28], 255f);
        var alone = Augmentation.Parse(["Erasing:1"])!.Apply(white, 42, 1, Indices);
        var both = Augmentation.Parse(["Erasing:1", "Brightness:0.5", "Flip"])!.Apply(white, 42, 1, Indices);
        AssertSame(alone.eq(0), both.eq(0));
        Assert.False(alone.equal(both).all().item<bool>());
    }

    [Fact]
    public void ErasingTakesARectangleOfTwoToThirtyThreePercentWithItsProbability()
    {
        using var scope = NewDisposeScope();
        var white = full([1, 3, 32, 32], 255f);
        var erasing = Augmentation.Parse(["Erasing:0.25"])!;
        var erased = 0;
        for (var index = 0; index < 400; index++)
        {
            var black = erasing.Apply(white, 42, 1, [index])[0].eq(0).all(0);
            var rows = black.any(1).sum().item<long>();
            var columns = black.any(0).sum().item<long>();
            var pixels = black.sum().item<long>();
            Assert.Equal(rows * columns, pixels);
            erased += pixels > 0 ? 1 : 0;

            // Sides are rounded to pixels.
            Assert.True(pixels == 0 || pixels / 1024.0 is >= 0.015 and <= 0.345);
        }

        Assert.InRange(erased, 70, 130);
    }

    [Fact]
    public void APartOfTheImageHasItsShareAndRatioAndLiesInside()
    {
        for (var index = 0; index < 500; index++)
        {
            var box = ResizedBox.Draw(new Random(index), 0.08, 100, 160);
            Assert.True(box.Top >= 0 && box.Left >= 0 && box.Top + box.Height <= 100 && box.Left + box.Width <= 160);
            Assert.InRange(box.Height * box.Width / 16000.0, 0.07, 1);
            Assert.InRange((double)box.Width / box.Height, 0.72, 1.38);
        }

        // Nothing of so odd an image fits: its middle is taken.
        Assert.Equal(new ResizedBox(0, 43, 10, 13), ResizedBox.Draw(new Random(1), 1, 10, 100));
    }

    [Theory]
    [InlineData("RandAugment:30", 0, 0.03)]
    [InlineData("TrivialAugment", 0.07, 0.14)]
    public void PoliciesLeaveAnImageAloneAsOftenAsTheyDrawNothing(string name, double least, double most)
    {
        // One of 14 changes is none, and with TrivialAugment ten others are none at their lowest of 31 levels: 0.1 in all; 1/196 for two in
        // a row.
        using var scope = NewDisposeScope();
        var image = (Images(1, 3) * 0.5) + 20;
        var policy = Augmentation.Parse([name])!;
        var same = Enumerable.Range(0, 700).Count(index => policy.Apply(image, 42, 1, [index]).equal(image).all().item<bool>());
        Assert.InRange(same / 700.0, least, most);
    }

    private static Tensor Images(int count, int channels) =>
        (arange(0, count * channels * 20 * 28, dtype: float32) * 37 % 256).reshape(count, channels, 20, 28);

    private static void AssertSame(Tensor expected, Tensor found) => Assert.True(expected.equal(found).all().item<bool>());
}
