using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Models;

/// <summary>The values that a repair of BatchNorm's statistics replaced, kept to undo it.</summary>
/// <param name="Statistics">The former moving statistics, by layer name.</param>
/// <param name="Answers">The model's reference answers before the repair; null where it had none.</param>
/// <param name="AnswersAfter">The reference answers after the repair.</param>
internal sealed record Repaired(IReadOnlyDictionary<string, MovingStatistics> Statistics, Reference? Answers, Reference? AnswersAfter);
