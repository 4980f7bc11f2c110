namespace PSTransfer.Core.Training;

/// <summary>The numbers that an option may have. A range without limits has every finite number.</summary>
/// <param name="Least">The smallest number allowed.</param>
/// <param name="Above">The limit that every number must exceed.</param>
/// <param name="Below">The limit that no number may reach.</param>
/// <param name="IsFloat">Whether the number must fit into float32.</param>
/// <param name="Unit">What the numbers count, for messages.</param>
internal readonly record struct NumberRange(
    double? Least = null, double? Above = null, double? Below = null, bool IsFloat = false, string? Unit = null)
{
    /// <summary>The range in words, as they follow "must be".</summary>
    public override string ToString()
    {
        var least = Least is { } from ? $"at least {from}" : Below is null ? "a positive number" : $"above {Above}";
        return least
            + (Below is { } limit ? $" and below {limit}" : string.Empty)
            + (!IsFloat ? string.Empty : Least is null ? ", at most 3.4e38 (float32)" : " and at most 3.4e38 (float32)")
            + (Unit is null ? string.Empty : $" {Unit}");
    }

    /// <summary>Whether a number is in the range. NaN and infinity are in none.</summary>
    public bool Has(double number) =>
        (Least is null || number >= Least) && (Above is null || number > Above) && (Below is null || number < Below)
        && (IsFloat ? number <= float.MaxValue : number < double.PositiveInfinity);
}
