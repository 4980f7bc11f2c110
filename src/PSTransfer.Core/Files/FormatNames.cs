namespace PSTransfer.Core.Files;

/// <summary>Which formats a file can be written in, and which endings of a name stand for each.</summary>
/// <param name="what">What is written: "a model".</param>
/// <param name="foreign">Endings of other programs' formats, which no -Format makes true.</param>
/// <param name="formats">Each format with its endings, dots included; the first is the usual one.</param>
public sealed class FormatNames<T>(string what, string[] foreign, params (T Format, string[] Endings)[] formats)
    where T : struct, Enum
{
    /// <summary>The format that a name and -Format ask for together.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="given">The value of -Format; null without it, and then the name decides.</param>
    /// <exception cref="PSTransferException">As <see cref="AtomicFile.RequireFolder"/>; InvalidArgument: the name stands for no format, or
    /// for another than the one that is given.</exception>
    public T Choose(string path, T? given)
    {
        AtomicFile.RequireFolder(path);
        var ending = Path.GetExtension(path);
        var named = formats
            .Where(one => one.Endings.Contains(ending, StringComparer.OrdinalIgnoreCase))
            .Select(one => (T?)one.Format)
            .FirstOrDefault();

        // An ending that nobody knows promises nothing.
        bool Allows(T format) => named is null
            ? !foreign.Contains(ending, StringComparer.OrdinalIgnoreCase)
            : EqualityComparer<T>.Default.Equals(named.Value, format);
        return given is { } format && Allows(format) ? format
            : given is null && named is { } decided ? decided
            : throw new PSTransferException(FaultKind.InvalidArgument, $"{path}: {Fault(ending, given)} {Possible()}", path);
    }

    private string Fault(string ending, T? given) => given is { } format
        ? $"a name that ends in {ending} promises another format than -Format {format}."
        : ending.Length == 0
            ? $"the name has no ending that says how to write {what}; give it one, or give -Format."
            : $"{what} isn't written as {ending}.";

    private string Possible() =>
        $"Possible are {string.Join(", ", formats.Select(one => $"{string.Join(" or ", one.Endings)} ({one.Format})"))}.";
}
