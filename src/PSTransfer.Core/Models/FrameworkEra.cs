using PSTransfer.Core.Backbones;
using PSTransfer.Core.Networks.Layers;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Models;

/// <summary>The meaning of "frozen" in a framework of a certain time, with the BatchNorm conventions that belong to it.</summary>
/// <param name="Name">The name that Set-FreezeMode -Framework takes.</param>
/// <param name="Mode">The freeze mode that equals the framework's "frozen".</param>
/// <param name="Estimator">The variance that the framework stores.</param>
/// <param name="Family">The family whose momentum convention and default the framework has.</param>
/// <param name="Means">The code that freezes layers in that way.</param>
public sealed record FrameworkEra(string Name, FreezeMode Mode, VarianceEstimator Estimator, BackboneFamily Family, string Means)
{
    /// <summary>All eras, oldest Keras first.</summary>
    public static IReadOnlyList<FrameworkEra> All { get; } =
    [
        new("Keras2.1.2", FreezeMode.Drifting, VarianceEstimator.KerasFused, BackboneFamily.Keras,
            "standalone Keras up to 2.1.2, trainable = False"),
        new("Keras2.3", FreezeMode.Legacy, VarianceEstimator.KerasFused, BackboneFamily.Keras,
            "standalone Keras 2.1.3 to 2.3.1, trainable = False"),
        new("TensorFlow1", FreezeMode.Legacy, VarianceEstimator.Unbiased, BackboneFamily.Keras,
            "tf.keras of TensorFlow 1, trainable = False"),
        new("TensorFlow2", FreezeMode.Inference, VarianceEstimator.Unbiased, BackboneFamily.Keras,
            "tf.keras of TensorFlow 2, trainable = False"),
        new("Keras3", FreezeMode.Inference, VarianceEstimator.Biased, BackboneFamily.Keras, "Keras 3, trainable = False"),
        new("PyTorch", FreezeMode.Drifting, VarianceEstimator.Unbiased, BackboneFamily.Torch, "requires_grad = False, then model.train()"),
        new("Lightning", FreezeMode.LiveBatchNorm, VarianceEstimator.Unbiased, BackboneFamily.Torch,
            "BackboneFinetuning's default, train_bn=True"),
        new("LightningFrozenBatchNorm", FreezeMode.Legacy, VarianceEstimator.Unbiased, BackboneFamily.Torch,
            "freeze(train_bn=False): track_running_stats off, no eval()"),
        new("TensorFlowJs", FreezeMode.Drifting, VarianceEstimator.Biased, BackboneFamily.Keras, "TensorFlow.js layers, trainable = false"),
        new("timm", FreezeMode.Inference, VarianceEstimator.Unbiased, BackboneFamily.Torch, "freeze_batch_norm_2d, FrozenBatchNormAct2d"),
        new("fastai", FreezeMode.LiveBatchNorm, VarianceEstimator.Unbiased, BackboneFamily.Torch,
            "freeze() with train_bn=True, the default"),
        new("fastaiBnFreeze", FreezeMode.Inference, VarianceEstimator.Unbiased, BackboneFamily.Torch,
            "train_bn=False with the BnFreeze callback"),
    ];

    /// <summary>The framework's default share of the new batch in an update, by torch's convention.</summary>
    public double DefaultMomentum => Family == BackboneFamily.Keras ? 0.01 : 0.1;

    /// <summary>Finds an era by its name, whatever the case.</summary>
    /// <exception cref="PSTransferException">There is no such era; the message names the nearest.</exception>
    public static FrameworkEra Find(string name) =>
        All.FirstOrDefault(era => era.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw PSTransferException.About(
            "Framework",
            $"doesn't know '{name}'. {Nearest.Hint(name, All.Select(era => era.Name))} All: "
            + $"{string.Join(", ", All.Select(era => era.Name))}.");
}
