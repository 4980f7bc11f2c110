namespace PSTransfer;

/// <summary>The rule that turns gradients into steps.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent, with momentum and Nesterov's variant. Usual rate 0.01.</summary>
    SGD,

    /// <summary>Adam (Kingma and Ba 2015); weight decay is added to the gradient. Usual rate 0.001.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019). Usual rate 0.001, decay 0.01.</summary>
    AdamW,
}
