using System.Text.Json.Serialization;

namespace PSTransfer.Core.Models;

/// <summary>One epoch of fine-tuning.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Steps">Steps taken in it.</param>
/// <param name="Loss">Mean over the epoch's images, each at the weights of its step: a running mean, as Keras prints it.</param>
/// <param name="Accuracy">Share of right answers over the same images and weights, 0 to 1.</param>
/// <param name="ValidationLoss">Mean over the validation images at the weights after the epoch, inference phase; null without
/// validation.</param>
/// <param name="ValidationAccuracy">Share of right answers there.</param>
/// <param name="LearningRate">The rate of the last step.</param>
/// <param name="Seconds">Wall time of the epoch, validation included.</param>
/// <param name="Stage">The stage of the run that the epoch belongs to, from 1; null in a file from before epochs had it.</param>
public sealed record EpochRecord(
    int Epoch,
    int Steps,
    double Loss,
    double Accuracy,
    double? ValidationLoss,
    double? ValidationAccuracy,
    double LearningRate,
    double Seconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Stage = null)
{
    /// <summary>The line that Keras prints.</summary>
    public override string ToString() =>
        $"Epoch {Epoch}: {Steps} steps, {Seconds:0.0} s, {1000 * Seconds / Steps:0} ms/step - loss {Loss:0.0000} - accuracy "
        + $"{Accuracy:0.0000}"
            + (ValidationLoss is null
                ? string.Empty
                : $" - validation loss {ValidationLoss:0.0000} - accuracy {ValidationAccuracy:0.0000}");
}
