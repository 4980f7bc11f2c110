using System.Reflection;
using System.Text.Json;
using PSTransfer.Pester.Tests.Host;

namespace PSTransfer.Pester.Tests.Running;

/// <summary>A test of a Pester file: its titles, and what became of it (Passed, Failed, Skipped, NotRun) with the reason.</summary>
internal sealed record PesterTest(string Title, string Result, string Message);

/// <summary>A Pester file: its tests, and why they can't be found or run at all; empty where they can.</summary>
internal sealed record PesterFile(string Fault, IReadOnlyList<PesterTest> Tests);

/// <summary>
/// Pester, in a process of PowerShell, over files of tests in the order of their names. PSTRANSFER_PESTER names another version than the
/// newest, and PSTRANSFER_SHELL=pwsh takes the tool that .config/dotnet-tools.json names in place of the project's host.
/// </summary>
internal sealed class PesterRun : IDisposable
{
    private readonly string _results = Directory.CreateTempSubdirectory("pester-").FullName;
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly Lock _lock = new();

    /// <param name="path">The files; wildcards are allowed.</param>
    /// <param name="discoverOnly">Finds the tests and runs none.</param>
    public PesterRun(string path, bool discoverOnly = false)
    {
        string[] more = discoverOnly ? ["-DiscoverOnly"] : [];
        string[] arguments =
        [
            "-File", Path.Combine(AppContext.BaseDirectory, "Running", "Invoke-File.ps1"), "-Pester", Module, "-Path", path, "-Results",
            _results, .. more
        ];
        _process = Environment.GetEnvironmentVariable("PSTRANSFER_SHELL") == "pwsh"
            ? HostProcess.StartPwsh(arguments)
            : HostProcess.Start(arguments);
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Pester's manifest.</summary>
    private static string Module
    {
        get
        {
            var versions = typeof(PesterRun).Assembly
                .GetCustomAttributes<AssemblyMetadataAttribute>()
                .Where(data => data.Key.StartsWith("Pester ", StringComparison.Ordinal))
                .ToList();
            var version = Environment.GetEnvironmentVariable("PSTRANSFER_PESTER") is { Length: > 0 } asked ? asked : versions[0].Key[7..];
            return versions.Find(data => data.Key == $"Pester {version}")?.Value
                ?? throw new InvalidOperationException(
                    $"PSTRANSFER_PESTER: there is no Pester {version} here, only "
                    + $"{string.Join(" and ", versions.Select(data => data.Key[7..]))}.");
        }
    }

    /// <summary>What became of a file; waits until it has been run.</summary>
    public PesterFile Wait(string fileName)
    {
        var path = Path.Combine(_results, $"{fileName}.json");
        lock (_lock)
        {
            while (!File.Exists(path))
            {
                if (_process.StandardOutput.ReadLine() is null)
                {
                    _process.WaitForExit();
                    return new PesterFile($"PowerShell ended with {_process.ExitCode} before {fileName} was done.\n{_error.Result}", []);
                }
            }
        }

        return JsonSerializer.Deserialize<PesterFile>(File.ReadAllText(path))!;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_results, recursive: true);
    }
}
