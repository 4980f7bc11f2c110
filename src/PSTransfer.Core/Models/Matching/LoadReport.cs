using PSTransfer.Core.Backbones;
using PSTransfer.Core.Text;
using PSTransfer.Core.Weights;

namespace PSTransfer.Core.Models.Matching;

/// <summary>A tensor whose shape isn't the backbone's.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Expected">The shape it should have there.</param>
/// <param name="Found">The shape it has.</param>
public sealed record WrongShape(string Name, IReadOnlyList<long> Expected, IReadOnlyList<long> Found);

/// <summary>What became of the tensors of a weight file.</summary>
public sealed record LoadReport
{
    private const int Shown = 20;

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The backbone.</summary>
    public required string Backbone { get; init; }

    /// <summary>Our names of the tensors that were read.</summary>
    public required IReadOnlyList<string> Applied { get; init; }

    /// <summary>The set of weights that was taken: what stands before the file's names, or the model inside of a Keras model; "." for neither.</summary>
    public string Set { get; init; } = WeightMatch.NoPrefix;

    /// <summary>The file's tensors that a backbone doesn't need: the old classifier, counters, other parts and other sets.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>Our names of the tensors that the file hasn't.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The file's tensors that the backbone hasn't.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>The file's tensors of another shape.</summary>
    public required IReadOnlyList<WrongShape> WrongShapes { get; init; }

    /// <summary>Our names of the tensors that hold NaN or infinity.</summary>
    public IReadOnlyList<string> NotFinite { get; init; } = [];

    /// <summary>What else was decided by the file; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>What the user should know and may want otherwise; each a sentence without the file's name.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether the backbone got all that it needs, and nothing was left that it should have had.</summary>
    public bool IsComplete => Missing.Count == 0 && Unexpected.Count == 0 && WrongShapes.Count == 0;

    /// <summary>One line for each kind of thing that there is.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        new[]
        {
            $"{Path}: {Applied.Count} tensors applied to {Backbone}.{(Note is null ? string.Empty : $" {Note}")}",
            Line("skipped", [.. Skipped.OrderBy(name => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))]),
            Line("missing", Missing),
            Line("unexpected", Unexpected),
            Line("of another shape", [.. WrongShapes.Select(wrong => $"{wrong.Name} {Printable.Shape(wrong.Found)} for {Printable.Shape(wrong.Expected)}")]),
            Line("not finite", NotFinite),
        }.OfType<string>());

    internal static LoadReport Of(string path, BackboneSpec spec, IReadOnlyList<WantedTensor> wanted, WeightMatch match, IWeightFile file)
    {
        var convention = file.Convention;
        var there = wanted.Where(tensor => match.Sources.ContainsKey(tensor.Name)).ToLookup(tensor => WeightMatch.Fits(tensor, match.Sources[tensor.Name], convention));
        return new LoadReport
        {
            Path = path,
            Backbone = spec.Name,
            Applied = [.. there[true].Select(tensor => tensor.Name)],
            Skipped = Names(match.Skipped),
            Missing = [.. wanted.Where(tensor => !match.Sources.ContainsKey(tensor.Name)).Select(tensor => tensor.Name)],
            Unexpected = Names(match.Unexpected),
            WrongShapes = [.. there[false].Select(tensor => new WrongShape(Printable.Text(match.Sources[tensor.Name].Name), tensor.ShapeIn(convention), match.Sources[tensor.Name].Shape))],
            Note = string.Join(' ', new[] { match.Note, file.Note }.OfType<string>()) is { Length: > 0 } note ? note : null,
        };
    }

    private static string[] Names(IEnumerable<StoredTensor> tensors) => [.. tensors.Select(tensor => Printable.Text(tensor.Name))];

    private static string? Line(string what, IReadOnlyList<string> names) => names.Count == 0 ? null : $"{names.Count} {what}: {Some(names)}";

    /// <summary>The first names, and how many more there are.</summary>
    internal static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown} more" : string.Empty);
}
