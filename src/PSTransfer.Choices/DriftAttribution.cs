namespace PSTransfer;

/// <summary>Which layers Measure-BatchNormDrift gives the data's statistics to see what accuracy returns.</summary>
public enum DriftAttribution
{
    /// <summary>None; accuracy isn't measured.</summary>
    None,

    /// <summary>Each layer alone.</summary>
    Layer,

    /// <summary>Each layer with all before it.</summary>
    Prefix,

    /// <summary>Each layer with all after it.</summary>
    Suffix,
}
