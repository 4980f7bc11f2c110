namespace PSTransfer;

/// <summary>The loss that training minimises.</summary>
public enum LossKind
{
    /// <summary>Binary for a head with one logit, categorical otherwise.</summary>
    Auto,

    /// <summary>Softmax cross entropy over at least two logits.</summary>
    CategoricalCrossEntropy,

    /// <summary>Sigmoid cross entropy on one logit; the second class is the positive one.</summary>
    BinaryCrossEntropy,
}
