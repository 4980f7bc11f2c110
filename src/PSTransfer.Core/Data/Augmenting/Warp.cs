using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Sees images through a linear map, bilinear, black outside. A map is six numbers a, b, c, d, e, f. The value at (x, y) is taken from (ax
/// + by + c, dx + ey + f). Coordinates are pixels from the image's centre, x to the right, y down.
/// </summary>
internal static class Warp
{
    /// <summary>
    /// The map that turns an image counter-clockwise about its centre, scales it, then moves it by pixels to the right and down.
    /// </summary>
    public static double[] Placed(double degrees, double zoom, double right, double down)
    {
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        (sine, cosine) = (sine / zoom, cosine / zoom);
        return [cosine, -sine, (sine * down) - (cosine * right), sine, cosine, -(sine * right) - (cosine * down)];
    }

    /// <summary>The map that moves each row to the left, by <paramref name="slope"/> pixels for each row below the upper edge.</summary>
    public static double[] ShearedX(double slope, int height) => [1, slope, slope * height / 2, 0, 1, 0];

    /// <summary>The map that moves each column up, by <paramref name="slope"/> pixels for each column right of the left edge.</summary>
    public static double[] ShearedY(double slope, int width) => [1, 0, 0, slope, 1, slope * width / 2];

    /// <summary>Sends each image through its own map.</summary>
    /// <param name="batch">N×C×H×W.</param>
    /// <param name="maps">N maps.</param>
    public static Tensor Apply(Tensor batch, double[][] maps)
    {
        using var scope = NewDisposeScope();
        var (height, width) = ((double)batch.shape[2], (double)batch.shape[3]);

        // affine_grid's coordinates run from -1 to 1 along both sides. In an oblong image the terms that cross axes therefore need the
        // ratio of the sides.
        var rows = maps.SelectMany(m => new[]
        {
            (float)m[0], (float)(m[1] * height / width), (float)(2 * m[2] / width),
            (float)(m[3] * width / height), (float)m[4], (float)(2 * m[5] / height),
        });
        var theta = tensor(rows.ToArray(), device: batch.device).view(-1, 2, 3);
        var grid = nn.functional.affine_grid(theta, batch.shape, align_corners: false);
        return nn.functional.grid_sample(
            batch, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false).MoveToOuterDisposeScope();
    }
}
