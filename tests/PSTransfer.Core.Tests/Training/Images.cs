namespace PSTransfer.Core.Tests.Training;

/// <summary>Small images by a formula: noise whose colour and texture depend on the class, sorted by class.</summary>
internal static class Images
{
    public static LabeledImages Make(int perClass, int classes = 2, int size = 8, int seed = 7, int brightness = 60, int contrast = 40)
    {
        var labels = Enumerable.Range(0, perClass * classes).Select(i => i / perClass).ToArray();
        var random = new Random(seed);
        var images = labels.Select(label => Image(label, size, brightness, contrast, random)).ToArray();
        return LabeledImages.FromMemory(
            "made", new SampleChoice([.. Enumerable.Range(0, classes).Select(i => $"class{i}")], labels, labels),
            new ImageShape(size, size, 3), images, new ImageDatasetOptions(), []);
    }

    private static byte[] Image(int label, int size, int brightness, int contrast, Random random)
    {
        var image = new byte[size * size * 3];
        for (var i = 0; i < image.Length; i++)
        {
            var colour = i % 3 == label % 3 ? contrast : 0;
            var stripe = label % 2 == 0 ? (i / 3 % 2 * contrast) : (i / (3 * size) % 2 * contrast);
            image[i] = (byte)(brightness + colour + stripe + random.Next(80));
        }

        return image;
    }
}
