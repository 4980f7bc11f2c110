using System.Collections;
using System.Globalization;
using System.Management.Automation;
using PSTransfer.Core;

namespace PSTransfer.Binding;

/// <summary>Reads the hashtables that parameters take.</summary>
internal static class Table
{
    /// <summary>Reads names with numbers; null if there is no value.</summary>
    /// <exception cref="PSTransferException">The value is no table, or an entry is no number; the message names the parameter.</exception>
    public static IReadOnlyDictionary<string, double>? OfNumbers(object? value, string parameter)
    {
        if (value is null)
        {
            return null;
        }

        var table = Unwrap(value) as IDictionary
            ?? throw new PSTransferException(
                FaultKind.InvalidArgument,
                $"-{parameter} takes a table of names and numbers (@{{ cat = 1; dog = 2.5 }}), not '{Shown(value)}'.",
                parameter);
        return table.Keys.Cast<object>().ToDictionary(
            key => Convert.ToString(key, CultureInfo.InvariantCulture)!, key => To<double>(table[key], $"{key}", parameter));
    }

    /// <summary>Converts a value as PowerShell does.</summary>
    /// <exception cref="PSTransferException">The value can't be converted; the message names parameter and key.</exception>
    public static T To<T>(object? value, string key, string parameter) =>
        LanguagePrimitives.TryConvertTo<T>(value, CultureInfo.InvariantCulture, out var result)
            ? result
            : throw new PSTransferException(
                FaultKind.InvalidArgument, $"-{parameter} {key} can't be '{Shown(value)}': it takes {Kind(typeof(T))}.", parameter);

    /// <summary>The object that PowerShell wrapped.</summary>
    public static object Unwrap(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>A value as the user would write it.</summary>
    public static string Shown(object? value) => value is not null && Unwrap(value) is object[] list ? string.Join(", ", list) : $"{value}";

    private static string Kind(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
            : type == typeof(int) ? "a whole number"
            : type == typeof(double) ? "a number"
            : "text";
}
