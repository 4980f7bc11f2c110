namespace PSTransfer.Bench;

/// <summary>Prints rows of the table as soon as they are known; <c>bench/run.sh</c> collects the lines that begin with "| P".</summary>
internal static class Row
{
    /// <summary>Prints the ratio of our times to a peer's. The ratio of the minima decides; that of the medians is shown too.</summary>
    /// <returns>Whether our minimum is at most that share of the peer's.</returns>
    public static bool Ratio(string line, string what, IEnumerable<double> ours, IEnumerable<double> peers, double most, string unit = "s")
    {
        var (a, b) = (new Spread(ours), new Spread(peers));
        var (ratio, median) = (a.Minimum / b.Minimum, a.Median / b.Median);
        return Print(line, what, a.Text(unit), b.Text(unit), $"{ratio:0.000}", $"{median:0.000}", $"≤ {most} ×", ratio <= most);
    }

    /// <summary>Prints the difference of our times and a peer's. The difference of the minima decides.</summary>
    /// <returns>Whether our minimum is at most that much above the peer's.</returns>
    public static bool Difference(string line, string what, IEnumerable<double> ours, IEnumerable<double> peers, double most, string unit)
    {
        var (a, b) = (new Spread(ours), new Spread(peers));
        var (difference, median) = (a.Minimum - b.Minimum, a.Median - b.Median);
        return Print(
            line,
            what,
            a.Text(unit),
            b.Text(unit),
            $"{difference:+0;-0} {unit}",
            $"{median:+0;-0} {unit}",
            $"≤ +{most} {unit}",
            difference <= most);
    }

    /// <summary>Prints a figure that has a limit and no peer.</summary>
    /// <returns><paramref name="met"/>.</returns>
    public static bool Figure(string line, string what, FormattableString figure, FormattableString aim, bool met) =>
        Print(line, what, figure, $"", $"", $"", aim, met);

    /// <summary>Prints a line whose peer isn't on this machine.</summary>
    public static void NotCompared(string line, string what, string missing) =>
        Console.WriteLine($"| {line} | {what} | | | | | | not compared: {missing} |");

    private static bool Print(
        string line,
        string what,
        FormattableString ours,
        FormattableString peer,
        FormattableString ratio,
        FormattableString median,
        FormattableString aim,
        bool met)
    {
        Console.WriteLine(
            FormattableString.Invariant($"| {line} | {what} | {Text(ours)} | {Text(peer)} | {Text(ratio)} | {Text(median)} | ")
            + FormattableString.Invariant($"{Text(aim)} | {(met ? "met" : "**NOT MET**")} |"));
        return met;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Spread(IEnumerable<double> values)
    {
        private readonly double[] _sorted = [.. values.Order()];

        public double Minimum => _sorted[0];

        public double Median => _sorted[_sorted.Length / 2];

        public FormattableString Text(string unit) => $"{Minimum:0.00}, {Median:0.00} {unit}";
    }
}
