namespace PSTransfer;

/// <summary>Which layers Measure-BatchNormDrift gives the data's statistics, to measure how much accuracy returns.</summary>
public enum DriftAttribution
{
    /// <summary>No layer; accuracy isn't measured.</summary>
    None,

    /// <summary>Each layer alone, one after another.</summary>
    Layer,

    /// <summary>Each layer together with all layers before it.</summary>
    Prefix,

    /// <summary>Each layer together with all layers after it.</summary>
    Suffix,
}
