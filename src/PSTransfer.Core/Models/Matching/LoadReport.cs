using PSTransfer.Core.Backbones;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>A tensor whose shape isn't the backbone's.</summary>
/// <param name="Name">The tensor's name in the file.</param>
/// <param name="Expected">The shape that the tensor should have in the file.</param>
/// <param name="Found">The shape that the tensor has in the file.</param>
public sealed record WrongShape(string Name, IReadOnlyList<long> Expected, IReadOnlyList<long> Found);

/// <summary>Reports how the tensors of a weight file were used.</summary>
public sealed record LoadReport
{
    private const int Shown = 20;

    /// <summary>The path of the weight file.</summary>
    public required string Path { get; init; }

    /// <summary>The name of the backbone.</summary>
    public required string Backbone { get; init; }

    /// <summary>Our names of the tensors that were read.</summary>
    public required IReadOnlyList<string> Applied { get; init; }

    /// <summary>
    /// The set of weights that was taken: the prefix of the file's names, or the model inside a Keras model; "." if there is neither.
    /// </summary>
    public string Set { get; init; } = WeightMatch.NoPrefix;

    /// <summary>The file's tensors that the backbone doesn't need: the old classifier, counters, other parts and other sets.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>Our names of the tensors that the file lacks.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The file's tensors that the backbone lacks.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>The file's tensors whose shape differs from the backbone's.</summary>
    public required IReadOnlyList<WrongShape> WrongShapes { get; init; }

    /// <summary>Our names of the tensors that hold NaN or infinity.</summary>
    public IReadOnlyList<string> NotFinite { get; init; } = [];

    /// <summary>A remark about another decision that the file's content led to; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>Warnings, each a sentence without the file's name.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether the backbone got every tensor that it needs, and no tensor of the backbone was left over.</summary>
    public bool IsComplete => Missing.Count == 0 && Unexpected.Count == 0 && WrongShapes.Count == 0;

    /// <summary>The report as text, with one line for each kind of finding.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        new[]
        {
            $"{Path}: {Applied.Count} tensors applied to {Backbone}.{(Note is null ? string.Empty : $" {Note}")}",
            Line("skipped", [.. Skipped.OrderBy(name => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))]),
            Line("missing", Missing),
            Line("unexpected", Unexpected),
            Line(
                "of another shape",
                [.. WrongShapes.Select(wrong => $"{wrong.Name} {Printable.Shape(wrong.Found)} for {Printable.Shape(wrong.Expected)}")]),
            Line("not finite", NotFinite),
        }.OfType<string>());

    internal static LoadReport Of(string path, BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, WeightMatch match, IWeightFile file)
    {
        var convention = file.Convention;
        var there = wanted.Where(tensor => match.Sources.ContainsKey(tensor.Name)).ToLookup(
            tensor => WeightMatch.Fits(tensor, match.Sources[tensor.Name], convention));
        return new LoadReport
        {
            Path = path,
            Backbone = spec.Name,
            Applied = [.. there[true].Select(tensor => tensor.Name)],
            Skipped = Names(match.Skipped),
            Missing = [.. wanted.Where(tensor => !match.Sources.ContainsKey(tensor.Name)).Select(tensor => tensor.Name)],
            Unexpected = Names(match.Unexpected),
            WrongShapes = [
                .. there[false].Select(tensor =>
                    new WrongShape(
                        Printable.Text(match.Sources[tensor.Name].Name), tensor.ShapeIn(convention), match.Sources[tensor.Name].Shape))],
            Note = string.Join(' ', new[] { match.Note, file.Note }.OfType<string>()) is { Length: > 0 } note ? note : null,
        };
    }

    private static string[] Names(IEnumerable<StoredTensor> tensors) => [.. tensors.Select(tensor => Printable.Text(tensor.Name))];

    private static string? Line(string what, IReadOnlyList<string> names) =>
        names.Count == 0 ? null : $"{names.Count} {what}: {Some(names)}";

    /// <summary>The first names, and how many more there are.</summary>
    internal static string Some(IReadOnlyList<string> names) => NameList.Some(names.Take(Shown), names.Count);
}
