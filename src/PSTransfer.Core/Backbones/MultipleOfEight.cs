namespace PSTransfer.Core.Backbones;

/// <summary>
/// Rounds a scaled number of channels like MobileNets and EfficientNets: to the nearest multiple of 8, at least 8, never more than a tenth
/// lower.
/// </summary>
internal static class MultipleOfEight
{
    public static int Of(double channels)
    {
        var nearest = Math.Max(8, (int)(channels + 4) / 8 * 8);
        return nearest < 0.9 * channels ? nearest + 8 : nearest;
    }
}
