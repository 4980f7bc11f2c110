namespace PSTransfer.Bench;

/// <summary>
/// Measures the time that Import-Module adds to a fresh pwsh, in turn with the same pwsh without it. That pwsh is the dotnet tool in
/// .config/dotnet-tools.json. A host of our own would import the module for every command.
/// </summary>
internal static class ModuleBench
{
    private const int Rounds = 10;
    private const double MostMilliseconds = 150;

    /// <returns>Whether both limits hold: 0 or 1.</returns>
    public static int Run()
    {
        Peer.Output("dotnet", "tool", "restore");
        var import = Import(Path.Combine(Repository.Root, "PSTransfer.psd1"));
        var folder = Directory.CreateTempSubdirectory("pstransfer-bench-").FullName;
        var nothing = Path.Combine(folder, "Nothing.psd1");
        File.WriteAllText(nothing, "@{ ModuleVersion = '1.0' }");
        List<double> with = [], without = [], empty = [];
        for (var round = -1; round < Rounds; round++)
        {
            var (bare, imported, nothingMore) = (Milliseconds("$null"), Milliseconds(import), Milliseconds(Import(nothing)));
            if (round >= 0) // the first runs read the files from the disk
            {
                without.Add(bare);
                with.Add(imported);
                empty.Add(nothingMore);
            }
        }

        Directory.Delete(folder, recursive: true);
        Console.WriteLine(
            "Of what P6's import adds, an empty module takes "
            + FormattableString.Invariant($"{empty.Min() - without.Min():0} ms by the minima."));
        var held = Row.Difference("P6", "a pwsh with Import-Module, against one without", with, without, MostMilliseconds, "ms");
        if (OperatingSystem.IsLinux())
        {
            var loaded = Pwsh(import + "; [System.IO.File]::ReadAllText('/proc/self/maps').Contains('libtorch')").Trim();
            held &= Row.Figure(
                "P6",
                "libtorch in that process after the import",
                $"{(loaded == "False" ? "not loaded" : "loaded")}",
                $"not loaded",
                loaded == "False");
        }

        return held ? 0 : 1;

        string Import(string manifest) => $"Import-Module '{manifest.Replace("'", "''", StringComparison.Ordinal)}'";

        string Pwsh(string script) => Peer.Output("dotnet", "tool", "run", "pwsh", "--", "-NoProfile", "-Command", script);

        double Milliseconds(string script)
        {
            var began = Stopwatch.GetTimestamp();
            Pwsh(script);
            return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
    }
}
