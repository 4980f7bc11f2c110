using TorchSharp;
using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Images seen through a linear map, bilinear, black outside. A map is six numbers a, b, c, d, e, f: what appears at (x, y) is taken from
/// (ax + by + c, dx + ey + f); pixels, x to the right, y down, from the image's centre.
/// </summary>
internal static class Warp
{
    /// <summary>Turned counter-clockwise about the centre, then scaled, then moved by pixels to the right and down.</summary>
    public static double[] Placed(double degrees, double zoom, double right, double down)
    {
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        (sine, cosine) = (sine / zoom, cosine / zoom);
        return [cosine, -sine, (sine * down) - (cosine * right), sine, cosine, -(sine * right) - (cosine * down)];
    }

    /// <summary>Rows moved to the left, by <paramref name="slope"/> pixels for each row below the upper edge.</summary>
    public static double[] ShearedX(double slope, int height) => [1, slope, slope * height / 2, 0, 1, 0];

    /// <summary>Columns moved up, by <paramref name="slope"/> pixels for each column right of the left edge.</summary>
    public static double[] ShearedY(double slope, int width) => [1, 0, 0, slope, 1, slope * width / 2];

    /// <summary>Each image through its own map.</summary>
    /// <param name="batch">N×C×H×W.</param>
    /// <param name="maps">N maps.</param>
    public static Tensor Apply(Tensor batch, double[][] maps)
    {
        using var scope = NewDisposeScope();
        var (height, width) = ((double)batch.shape[2], (double)batch.shape[3]);

        // affine_grid's coordinates run from -1 to 1 along both sides, so that the terms that cross in an oblong image need the ratio of the sides.
        var rows = maps.SelectMany(m => new[]
        {
            (float)m[0], (float)(m[1] * height / width), (float)(2 * m[2] / width),
            (float)(m[3] * width / height), (float)m[4], (float)(2 * m[5] / height),
        });
        var theta = tensor(rows.ToArray(), device: batch.device).view(-1, 2, 3);
        var grid = nn.functional.affine_grid(theta, batch.shape, align_corners: false);
        return nn.functional.grid_sample(batch, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false).MoveToOuterDisposeScope();
    }
}
