namespace PSTransfer;

/// <summary>How the backbone's last feature maps become a vector.</summary>
public enum Pooling
{
    /// <summary>The mean over each map.</summary>
    Average,

    /// <summary>The maximum over each map.</summary>
    Max,

    /// <summary>All values of all maps, channels outermost.</summary>
    Flatten,
}
