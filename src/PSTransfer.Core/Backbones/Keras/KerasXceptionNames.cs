using System.Globalization;

namespace PSTransfer.Core.Backbones.Keras;

/// <summary>
/// The layer names in Xception's published weights, which were saved with Keras 1. Unnamed layers got numbers from 1 on, in the order of
/// their creation: convolution2d_1 to 6, separableconvolution2d_1 to 34, batchnormalization_1 to 40.
/// </summary>
internal static class KerasXceptionNames
{
    private static readonly Dictionary<string, string> Older = InOrderOfCreation();

    /// <summary>Returns the older name of a layer with weights; null for other layers.</summary>
    public static string? OlderName(string name) => Older.GetValueOrDefault(name);

    private static Dictionary<string, string> InOrderOfCreation()
    {
        var names = new Dictionary<string, string>();
        var made = new Dictionary<string, int>();
        Made("convolution2d", "block1_conv1", "block1_conv1_bn");
        Made("convolution2d", "block1_conv2", "block1_conv2_bn");
        for (var block = 2; block <= 14; block++)
        {
            switch (block)
            {
                case 2:
                    Made("convolution2d", "conv2d", "batch_normalization");
                    break;
                case 3 or 4:
                    Made("convolution2d", $"conv2d_{block - 2}", $"batch_normalization_{block - 2}");
                    break;
                case 13:
                    Made("convolution2d", "conv2d_3", "batch_normalization_3");
                    break;
            }

            for (var i = 1; i <= (block is >= 5 and <= 12 ? 3 : 2); i++)
            {
                Made("separableconvolution2d", $"block{block}_sepconv{i}", $"block{block}_sepconv{i}_bn");
            }
        }

        return names;

        void Made(string kind, string convolution, string norm)
        {
            names.Add(convolution, Next(kind));
            names.Add(norm, Next("batchnormalization"));
        }

        string Next(string kind)
        {
            made[kind] = made.GetValueOrDefault(kind) + 1;
            return string.Create(CultureInfo.InvariantCulture, $"{kind}_{made[kind]}");
        }
    }
}
