using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace PSTransfer.Bench;

/// <summary>Two sides of a comparison as processes, and the line that says which was faster.</summary>
internal static class Peer
{
    /// <summary>Debian's, whatever another python3 in the path has.</summary>
    public static string Python { get; } = Environment.GetEnvironmentVariable("PSTRANSFER_BENCH_PYTHON") ?? "/usr/bin/python3";

    /// <summary>Runs a process that prints how long its work took.</summary>
    public static double Time(string program, params string[] arguments) => double.Parse(Output(program, arguments), CultureInfo.InvariantCulture);

    /// <summary>Runs a process that prints one line of JSON.</summary>
    public static T Result<T>(string program, params string[] arguments) => JsonSerializer.Deserialize<T>(Output(program, arguments))!;

    private static string Output(string program, params string[] arguments)
    {
        using var child = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"{program} ended with {child.ExitCode}.{(program == Python ? " The peer needs PyTorch and torchvision: apt-get install python3-torch python3-torchvision." : string.Empty)}");
    }

    /// <summary>Prints one line of the table.</summary>
    /// <returns>Whether the fastest run took at most that share of the peer's.</returns>
    public static bool Print(string name, string what, IEnumerable<double> ours, IEnumerable<double> peers, double most)
    {
        var (a, b) = (ours.Order().ToArray(), peers.Order().ToArray());
        var (ratio, median) = (a[0] / b[0], a[a.Length / 2] / b[b.Length / 2]);
        Console.WriteLine(FormattableString.Invariant(
            $"{name}  {what}: min {a[0]:0.00} s, median {a[a.Length / 2]:0.00}; peer {b[0]:0.00}, {b[b.Length / 2]:0.00}; ratio {ratio:0.000} and {median:0.000}, at most {most}; {Environment.ProcessorCount} threads; {(ratio <= most ? "met" : "NOT MET")}"));
        return ratio <= most;
    }
}
