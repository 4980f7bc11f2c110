using System.Globalization;
using System.Text;

namespace System.Runtime.CompilerServices;

/// <summary>
/// Builds interpolated strings in the invariant culture. The compiler takes this type rather than the framework's of the same name, so that
/// $"-Momentum must be below 1, not {1.5}" has a point in it wherever it is shown: what a message quotes can be typed back. Both projects
/// compile this file; text for which the user's culture is right asks for it by name.
/// </summary>
[InterpolatedStringHandler]
internal readonly ref struct DefaultInterpolatedStringHandler(int literalLength, int formattedCount)
{
    private const int LengthOfHole = 11;
    private readonly StringBuilder _text = new(literalLength + (formattedCount * LengthOfHole));

    /// <summary>Adds what stands between the holes.</summary>
    public void AppendLiteral(string value) => _text.Append(value);

    /// <summary>Adds a text.</summary>
    public void AppendFormatted(string? value) => _text.Append(value);

    /// <summary>Adds characters.</summary>
    public void AppendFormatted(ReadOnlySpan<char> value) => _text.Append(value);

    /// <summary>Adds a value.</summary>
    public void AppendFormatted<T>(T value) => _text.Append(Shown(value, null));

    /// <summary>Adds a value in a format.</summary>
    public void AppendFormatted<T>(T value, string? format) => _text.Append(Shown(value, format));

    /// <summary>Adds a value in a column of at least that width, on its left where it is negative.</summary>
    public void AppendFormatted<T>(T value, int alignment) => AppendFormatted(value, alignment, null);

    /// <summary>Adds a value in a format and a column.</summary>
    public void AppendFormatted<T>(T value, int alignment, string? format)
    {
        var shown = Shown(value, format);
        _text.Append(alignment < 0 ? shown.PadRight(-alignment) : shown.PadLeft(alignment));
    }

    /// <summary>Adds what the compiler finds no other type for.</summary>
    public void AppendFormatted(object? value, int alignment = 0, string? format = null) =>
        AppendFormatted<object?>(value, alignment, format);

    /// <summary>The string, called once by the compiler's code.</summary>
    public string ToStringAndClear() => _text.ToString();

    private static string Shown<T>(T value, string? format) =>
        (value is IFormattable number ? number.ToString(format, CultureInfo.InvariantCulture) : value?.ToString()) ?? string.Empty;
}
