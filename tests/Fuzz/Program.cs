using System.Diagnostics;
using System.Globalization;
using PSTransfer.Fuzz;

// dotnet run --project tests/Fuzz -c Release -- PARSER COUNT [SEED]: exit code 1 when an answer isn't one, or memory goes beyond 1 GiB.
const long MemoryLimit = 1L << 30;
if (args is not [var name, var count, ..] || Parsers.All.FirstOrDefault(parser => parser.Name == name) is not { } parser)
{
    Console.Error.WriteLine($"usage: PARSER COUNT [SEED]; the parsers are {string.Join(", ", Parsers.All.Select(parser => parser.Name))}.");
    return 2;
}

var seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
var run = new FuzzRun(parser);
var watch = Stopwatch.StartNew();
run.Run(int.Parse(count, CultureInfo.InvariantCulture), seed);
var memory = Process.GetCurrentProcess().PeakWorkingSet64;
Console.WriteLine(FormattableString.Invariant(
    $"{name}: {run.Inputs} inputs from seed {seed}, {run.Refused} refused, {run.Failures} failed; {run.Inputs / watch.Elapsed.TotalSeconds:0} a second, slowest {run.Slowest.TotalMilliseconds:0.0} ms, peak memory {memory >> 20} MiB"));
return run.Failures == 0 && memory < MemoryLimit ? 0 : 1;
