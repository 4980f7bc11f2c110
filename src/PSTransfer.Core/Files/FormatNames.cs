namespace PSTransfer.Core.Files;

/// <summary>The formats that a file can be written in, and the file name endings of each format.</summary>
/// <param name="what">What is written, such as "a model".</param>
/// <param name="foreign">Endings of other programs' formats, which are refused with any -Format.</param>
/// <param name="formats">Each format with its endings, dots included; the first ending is the usual one.</param>
public sealed class FormatNames<T>(string what, string[] foreign, params (T Format, string[] Endings)[] formats)
    where T : struct, Enum
{
    /// <summary>Returns the format that the file name and -Format together ask for.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="given">The value of -Format; if null, the name decides.</param>
    /// <exception cref="PSTransferException">The faults of <see cref="AtomicFile.RequireFolder"/>. InvalidArgument: the name stands for no
    /// format, or for another one than -Format.</exception>
    public T Choose(string path, T? given)
    {
        AtomicFile.RequireFolder(path);
        var ending = Path.GetExtension(path);
        var named = formats
            .Where(one => one.Endings.Contains(ending, StringComparer.OrdinalIgnoreCase))
            .Select(one => (T?)one.Format)
            .FirstOrDefault();

        // An unknown ending promises nothing.
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
