namespace PSTransfer;

/// <summary>How the learning rate changes over the run.</summary>
public enum ScheduleKind
{
    /// <summary>The learning rate stays the same.</summary>
    Constant,

    /// <summary>The learning rate is multiplied by -DecayFactor every -DecayEpochs epochs.</summary>
    Step,

    /// <summary>The learning rate falls to 0 along half a cosine (Loshchilov and Hutter 2017).</summary>
    Cosine,

    /// <summary>
    /// One cycle (Smith 2018). The rate rises from a 25th along a cosine for 30 % of the steps, then falls to a 10,000th of its start.
    /// </summary>
    OneCycle,

    /// <summary>
    /// The learning rate is multiplied by -DecayFactor when the validation loss hasn't fallen by a 10,000th for -DecayEpochs epochs in a
    /// row.
    /// </summary>
    Plateau,
}
