namespace PSTransfer.Core;

/// <summary>
/// Defaults that several commands share. All are constants: the compiler writes their values into the cmdlets, which PowerShell inspects
/// before this assembly can be loaded.
/// </summary>
public static class Defaults
{
    /// <summary>Images in a batch.</summary>
    public const int BatchSize = 32;

    /// <summary>Seed of everything random.</summary>
    public const int Seed = 42;

    /// <summary>The accuracy gap up to which the learning phases count as agreeing.</summary>
    public const double Tolerance = 0.02;

    /// <summary>Orders of the images over which the training phase of a learning-phase test is averaged.</summary>
    public const int Shuffles = 3;

    /// <summary>Classes that may be named for the top accuracy.</summary>
    public const int Top = 5;

    /// <summary>The longest side of an image that a model takes, in pixels.</summary>
    internal const int LargestSide = 8192;
}
