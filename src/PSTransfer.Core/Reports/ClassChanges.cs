using System.Text.Json.Serialization;
using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Evaluation;

namespace PSTransfer.Core.Reports;

/// <summary>
/// The training images that the training phase, without dropout, takes for another class than the inference phase does.
/// </summary>
/// <param name="Count">How many there are.</param>
/// <param name="Images">Images that were compared.</param>
/// <param name="Examples">Some of them, evenly spread over the set.</param>
public sealed record ClassChanges(int Count, int Images, IReadOnlyList<ClassChange> Examples)
{
    /// <summary>Images shown at most.</summary>
    internal const int MaxExamples = 24;

    /// <summary>Compares two passes over the same images, each with the highest probabilities.</summary>
    /// <param name="data">The images, bound to the model.</param>
    /// <param name="training">The training phase without dropout.</param>
    /// <param name="inference">The inference phase.</param>
    internal static ClassChanges Between(LabeledImages data, Answers training, Answers inference)
    {
        int[] changed = [.. Enumerable.Range(0, data.Count).Where(image => training.Predicted[image] != inference.Predicted[image])];
        var shown = Math.Min(changed.Length, MaxExamples);
        var spread = Enumerable.Range(0, shown).Select(i => changed[(int)((long)i * changed.Length / shown)]);
        return new ClassChanges(changed.Length, data.Count, [.. spread.Select(Example)]);

        ClassChange Example(int image) => new(
            image,
            data.PathOf(image),
            data.Classes[data.LabelOf(image)],
            data.Classes[training.Predicted[image]],
            training.Confidence(image),
            data.Classes[inference.Predicted[image]],
            inference.Confidence(image),
            Thumbnail.Of(data, image));
    }
}

/// <summary>An image that changes class between the phases.</summary>
/// <param name="Index">The image's place in the set, from 0.</param>
/// <param name="Path">The image's file; null where many share one.</param>
/// <param name="Class">The image's class.</param>
/// <param name="TrainingAnswer">The class that the training phase takes it for.</param>
/// <param name="TrainingProbability">The probability of that class there, 0 to 1.</param>
/// <param name="InferenceAnswer">The class that the inference phase takes it for.</param>
/// <param name="InferenceProbability">The probability of that class there.</param>
/// <param name="Thumbnail">A PNG file.</param>
public sealed record ClassChange(
    int Index,
    string? Path,
    string Class,
    string TrainingAnswer,
    double TrainingProbability,
    string InferenceAnswer,
    double InferenceProbability,
    [property: JsonIgnore] byte[] Thumbnail);
