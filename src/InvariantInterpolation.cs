using System.Globalization;
using System.Text;

namespace System.Runtime.CompilerServices;

/// <summary>
/// Builds interpolated strings in the invariant culture. The compiler takes this type instead of the framework's type of the same name. So
/// $"-Momentum must be below 1, not {1.5}" shows a point in every culture, and users can type back what a message quotes. Each project
/// compiles this file; text that should follow the user's culture names that culture.
/// </summary>
[InterpolatedStringHandler]
internal readonly ref struct DefaultInterpolatedStringHandler(int literalLength, int formattedCount)
{
    private const int LengthOfHole = 11;
    private readonly StringBuilder _text = new(literalLength + (formattedCount * LengthOfHole));

    /// <summary>Adds the literal text between two holes.</summary>
    public void AppendLiteral(string value) => _text.Append(value);

    /// <summary>Adds a text.</summary>
    public void AppendFormatted(string? value) => _text.Append(value);

    /// <summary>Adds characters.</summary>
    public void AppendFormatted(ReadOnlySpan<char> value) => _text.Append(value);

    /// <summary>Adds a value.</summary>
    public void AppendFormatted<T>(T value) => _text.Append(Shown(value, null));

    /// <summary>Adds a value in a format.</summary>
    public void AppendFormatted<T>(T value, string? format) => _text.Append(Shown(value, format));

    /// <summary>Adds a value in a column of at least this width; a negative width puts the value on the left.</summary>
    public void AppendFormatted<T>(T value, int alignment) => AppendFormatted(value, alignment, null);

    /// <summary>Adds a value in a format and a column.</summary>
    public void AppendFormatted<T>(T value, int alignment, string? format)
    {
        var shown = Shown(value, format);
        _text.Append(alignment < 0 ? shown.PadRight(-alignment) : shown.PadLeft(alignment));
    }

    /// <summary>Adds a value for which the compiler finds no other overload.</summary>
    public void AppendFormatted(object? value, int alignment = 0, string? format = null) =>
        AppendFormatted<object?>(value, alignment, format);

    /// <summary>Returns the finished string. The compiler's code calls this method once.</summary>
    public string ToStringAndClear() => _text.ToString();

    private static string Shown<T>(T value, string? format) =>
        (value is IFormattable number ? number.ToString(format, CultureInfo.InvariantCulture) : value?.ToString()) ?? string.Empty;
}
