using static TorchSharp.torch;

namespace PSTransfer.Core.Data.Augmenting;

/// <summary>
/// Shifts an image by whole pixels: it is padded with black and cut to its size at another place. Nothing is interpolated.
/// </summary>
internal static class ShiftedCrop
{
    /// <summary>Shifts each image of an N×C×H×W batch by up to <paramref name="margin"/> pixels along both sides.</summary>
    public static Tensor Apply(Tensor batch, int margin, Draws draws)
    {
        var side = (2 * margin) + 1;
        var corners = draws.Each(i =>
        {
            var random = draws.For(i, Change.Crop);
            return (Top: random.Next(side), Left: random.Next(side));
        });
        var padded = nn.functional.pad(batch, (margin, margin, margin, margin));
        var images = corners.Select((corner, i) => padded[i].narrow(1, corner.Top, batch.shape[2]).narrow(2, corner.Left, batch.shape[3]));
        return stack(images.ToArray());
    }
}
