using System.Globalization;

namespace PSTransfer.Core.Backbones.Names;

/// <summary>Reads numbers in the parts of a tensor's name.</summary>
internal static class NameParts
{
    /// <summary>Returns one less than the number at a part's end: layer2 gives 1, since other libraries count from 0.</summary>
    public static int Before(string part) =>
        int.Parse(part.TrimStart("abcdefghijklmnopqrstuvwxyz".ToCharArray()), CultureInfo.InvariantCulture) - 1;

    /// <summary>
    /// Returns ConvNeXt's stage for torchvision's index, which also counts the steps between the stages: 1 gives 0; 2 and 3 give 1.
    /// </summary>
    public static int Half(string index) => int.Parse(index, CultureInfo.InvariantCulture) / 2;
}
