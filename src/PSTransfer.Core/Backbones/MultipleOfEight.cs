namespace PSTransfer.Core.Backbones;

/// <summary>The number of channels that MobileNets and EfficientNets make of a scaled one: the nearest multiple of 8, at least 8, and never more than a tenth below it.</summary>
internal static class MultipleOfEight
{
    public static int Of(double channels)
    {
        var nearest = Math.Max(8, (int)(channels + 4) / 8 * 8);
        return nearest < 0.9 * channels ? nearest + 8 : nearest;
    }
}
