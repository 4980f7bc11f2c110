namespace PSTransfer;

/// <summary>How the learning rate changes over the run.</summary>
public enum ScheduleKind
{
    /// <summary>It doesn't.</summary>
    Constant,

    /// <summary>Every -DecayEpochs epochs times -DecayFactor.</summary>
    Step,

    /// <summary>Half a cosine from the rate down to 0 (Loshchilov and Hutter 2017).</summary>
    Cosine,

    /// <summary>One cycle (Smith 2018): over 30 % of the steps up from a 25th of the rate along a cosine, then down to a 10,000th of where it began.</summary>
    OneCycle,

    /// <summary>
    /// Times -DecayFactor whenever -DecayEpochs epochs in a row brought no
    /// validation loss that is lower by a 10,000th.
    /// </summary>
    Plateau,
}
