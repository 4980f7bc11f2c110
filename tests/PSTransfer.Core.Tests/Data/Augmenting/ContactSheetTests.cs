using static TorchSharp.torch;
using MadeImages = PSTransfer.Core.Tests.Training.Images;

namespace PSTransfer.Core.Tests.Data.Augmenting;

public sealed class ContactSheetTests : IDisposable
{
    private const int Cell = 128;
    private readonly TemporaryFolder _folder = new();

    private string Sheet => Path.Combine(_folder.Path, "sheet [1].png");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARowIsTheImageItselfAndWhatTrainingSeesOfItInSevenEpochs()
    {
        var images = MadeImages.Make(perClass: 5, classes: 2);
        var augmentation = Augmentation.Parse(["Crop:2", "Brightness", "Mixup:1"])!;

        ContactSheet.Write(images, augmentation, Sheet, count: 3, seed: 7, epoch: 2, overwrite: false);

        var (rgb, height, width) = ImageFixture.LoadFile(Sheet);
        Assert.Equal((4 + (3 * (Cell + 4)), 4 + (8 * (Cell + 4)) + 8), (height, width));
        using var scope = NewDisposeScope();
        int[] indices = [0, 3, 6];
        using var originals = BatchLoader.Pixels(3, images.Shape!.Value, CPU, (i, pixels) => images.Read(indices[i], pixels));
        for (var column = 0; column < 8; column++)
        {
            var expected = column == 0
                ? originals
                : Mixup.For(augmentation, 7, column + 1, 0)!.Images(augmentation.Apply(originals, 7, column + 1, indices));
            for (var row = 0; row < 3; row++)
            {
                var left = 4 + (column * (Cell + 4)) + (column > 0 ? 8 : 0);
                var top = 4 + (row * (Cell + 4));

                // Eight pixels became a cell of 128: the middle of each is looked at.
                for (var i = 0; i < 64; i++)
                {
                    var at = 3 * (((top + (i / 8 * 16) + 8) * width) + left + (i % 8 * 16) + 8);
                    for (var colour = 0; colour < 3; colour++)
                    {
                        Assert.Equal(expected[row, colour, i / 8, i % 8].item<float>(), rgb[at + colour], 0.501);
                    }
                }
            }
        }

        Assert.All(rgb[..(3 * 4 * width)], value => Assert.Equal(255, value));
    }

    [Fact]
    public void TheSameCallWritesTheSameBytesAndFewerImagesMakeFewerRows()
    {
        var images = MadeImages.Make(perClass: 1, classes: 2);
        var strong = Augmentation.Parse(["Strong"])!;
        ContactSheet.Write(images, strong, Sheet, count: 16, seed: 1, epoch: 1, overwrite: false);
        var first = File.ReadAllBytes(Sheet);
        Assert.Equal(4 + (2 * (Cell + 4)), ImageFixture.LoadFile(Sheet).Height);
        ContactSheet.Write(images, strong, Sheet, count: 16, seed: 1, epoch: 1, overwrite: true);
        Assert.Equal(first, File.ReadAllBytes(Sheet));
        ContactSheet.Write(images, strong, Sheet, count: 16, seed: 2, epoch: 1, overwrite: true);
        Assert.NotEqual(first, File.ReadAllBytes(Sheet));
    }

    [Theory]
    [InlineData(0, 1, "-Count must be 1 to 16, not 0")]
    [InlineData(17, 1, "-Count must be 1 to 16, not 17")]
    [InlineData(4, 0, "-Epoch must be at least 1, not 0")]
    public void NumbersOutOfRangeAreRefused(int count, int epoch, string message)
    {
        var error = Assert.Throws<PSTransferException>(() =>
            ContactSheet.Write(MadeImages.Make(2), Augmentation.Parse(["Flip"])!, Sheet, count, seed: 1, epoch, overwrite: false));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Sheet));
    }
}
