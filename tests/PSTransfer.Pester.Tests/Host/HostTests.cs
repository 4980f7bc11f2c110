using System.Diagnostics;
using Xunit;

namespace PSTransfer.Pester.Tests.Host;

public sealed class HostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("host-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("function Stop-It { exit 3 }; Stop-It", 3)]
    [InlineData("throw 'bad'", 1)]
    [InlineData("Get-NoSuchThing; 'goes on'", 0)]
    [InlineData("$ErrorActionPreference = 'Stop'; Get-NoSuchThing; 'stops'", 1)]
    [InlineData("dotnet no-such-verb 2>$null >$null; 'a program that failed is not the script'", 0)]
    [InlineData("if (", 1)]
    [InlineData("param([Parameter(Mandatory)] $Needed) 'asks for nothing'", 1)]
    public void The_exit_code_of_a_script_is_its_own(string text, int code)
    {
        Assert.Equal(code, HostProcess.Run(Script(text)).ExitCode);
    }

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("exit 4", 4)]
    [InlineData("throw 'bad'", 1)]
    [InlineData("1/0", 1)]
    [InlineData("Get-NoSuchThing; 'the last one counts'", 0)]
    [InlineData("if (", 1)]
    public void The_exit_code_of_a_command_tells_whether_it_succeeded(string text, int code)
    {
        Assert.Equal(code, HostProcess.Run("-Command", text).ExitCode);
    }

    [Fact]
    public void Arguments_are_bound_as_pwsh_binds_them()
    {
        var script = Script("""
            param([string] $Name, [int] $Count = 1, [switch] $Flag, [switch] $Off, [string[]] $List)
            "$Name|$Count|$Flag|$Off|$($List.Count)|$($args -join '|')"
            """);

        var (_, output, error) = HostProcess.Run(script, "-Name", "it's", "-Count:5", "-Flag", "-Off:$false", "-List", "a,b", "first", "-3", "$true");

        Assert.Equal("it's|5|True|False|1|first|-3|$true\n", Lines(output));
        Assert.Empty(error);
    }

    [Fact]
    public void A_parameter_that_is_not_there_is_an_error()
    {
        var (code, _, error) = HostProcess.Run(Script("[CmdletBinding()] param($Name)"), "-Nam3", "x");

        Assert.Equal(1, code);
        Assert.Contains("A parameter cannot be found that matches parameter name 'Nam3'.", error);
    }

    [Fact]
    public void Errors_go_to_stderr_and_everything_else_to_stdout()
    {
        var script = Script("""
            Write-Host host
            'output'
            Write-Warning careful
            Write-Error wrong
            [pscustomobject] @{ Number = 0.5 }
            """);

        var (_, output, error) = HostProcess.Run(script);

        Assert.Equal("host\noutput\nWARNING: careful\n\nNumber\n------\n  0.50\n\n", Lines(output));
        Assert.Equal($"Write-Error: {script}:4\nLine |\n   4 |  Write-Error wrong\n     |  ~~~~~~~~~~~~~~~~~\n     | wrong\n\n", Lines(error));
    }

    [Fact]
    public void The_error_that_ends_a_script_is_shown_with_its_line()
    {
        var script = Script("'before'\nthrow 'bad thing'\n'after'");

        var (_, output, error) = HostProcess.Run(script);

        Assert.Equal("before\n", Lines(output));
        Assert.Equal($"Exception: {script}:2\nLine |\n   2 |  throw 'bad thing'\n     |  ~~~~~~~~~~~~~~~~~\n     | bad thing\n\n", Lines(error));
    }

    [Fact]
    public void A_syntax_error_names_file_and_line()
    {
        var script = Script("'never'\nif (");

        var (_, output, error) = HostProcess.Run(script);

        Assert.Empty(output);
        Assert.StartsWith($"ParserError: At {script}:2 char:5", error);
        Assert.Contains("Missing condition in if statement", error);
    }

    [Fact]
    public void A_pipe_gets_no_escape_sequences_and_no_progress()
    {
        var (_, output, error) = HostProcess.Run(Script("""
            $record = [System.Management.Automation.ProgressRecord]::new(1, 'Working', 'on it')
            $host.UI.WriteProgress(1, $record)
            Write-Host coloured -ForegroundColor Red
            "$($PSStyle.Foreground.Red)red$($PSStyle.Reset)"
            [pscustomobject] @{ A = 1 }
            Write-Error wrong
            """));

        Assert.DoesNotContain('\u001b', output + error);
        Assert.DoesNotContain("Working", output + error);
        Assert.StartsWith("coloured\nred\n", Lines(output));
    }

    [Fact]
    public void A_script_knows_where_it_is()
    {
        var script = Script("$PSScriptRoot\n$PSCommandPath");

        Assert.Equal($"{_folder}\n{script}\n", Lines(HostProcess.Run("-File", script).Output));
    }

    [Fact]
    public void The_module_is_loaded_from_the_clone()
    {
        var (_, output, _) = HostProcess.Run("-Command", "(Get-Module PSTransfer).ModuleBase");

        Assert.Equal(Running.Repository.Root, output.Trim());
    }

    [Fact]
    public void Command_joins_its_words()
    {
        Assert.Equal("3\n", Lines(HostProcess.Run("-Command", "1 +", "2").Output));
    }

    [Theory]
    [InlineData("no-such-script.ps1", "There is no script 'no-such-script.ps1'")]
    [InlineData("README.md", "is not a PowerShell script")]
    [InlineData("-Nope", "Unknown option -Nope")]
    [InlineData("-Command", "-Command needs")]
    [InlineData("-File", "-File needs")]
    public void A_command_line_that_can_not_be_used_is_refused(string argument, string message)
    {
        var (code, output, error) = HostProcess.Run(argument);

        Assert.Equal((64, ""), (code, output));
        Assert.Contains(message, error);
    }

    [Fact]
    public void Help_names_the_options()
    {
        var (code, output, _) = HostProcess.Run("-Help");

        Assert.Equal(0, code);
        Assert.Contains("-Command <text>", output);
    }

    [Fact]
    public void A_question_is_an_error()
    {
        var (_, output, error) = HostProcess.Run("-Command", "function Remove-It { [CmdletBinding(SupportsShouldProcess)] param() if ($PSCmdlet.ShouldProcess('x')) { 'removed' } }; Remove-It -Confirm");

        Assert.Empty(output);
        Assert.Contains("this host is not interactive", error);
    }

    [Fact]
    public void Interrupting_stops_the_pipeline()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no way to send Ctrl+C to one other process.");
        Assert.SkipWhen(IgnoresInterrupts(), "SIGINT is ignored in this process and its children, as in a shell's background jobs.");
        using var process = HostProcess.Start(Script("try { 'started'; while ($true) { [Threading.Thread]::Sleep(10) } } finally { [Console]::WriteLine('cleaned up') }"));
        Assert.Equal("started", process.StandardOutput.ReadLine());

        using var kill = Process.Start("/bin/sh", ["-c", $"kill -INT {process.Id}"]);
        kill.WaitForExit();
        if (!process.WaitForExit(TimeSpan.FromMinutes(1)))
        {
            process.Kill();
            Assert.Fail("The host went on after SIGINT.");
        }

        Assert.Equal(130, process.ExitCode);
        Assert.Equal("cleaned up\n", process.StandardOutput.ReadToEnd());
    }

    internal static bool IgnoresInterrupts()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        const int Interrupt = 2;
        var ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim();
        return (Convert.ToUInt64(ignored, 16) & (1UL << (Interrupt - 1))) != 0;
    }

    [Theory]
    [InlineData("")]
    [InlineData("exit 3")]
    public void A_table_is_complete_however_the_script_ends(string end)
    {
        var (_, output, _) = HostProcess.Run(Script($"[pscustomobject] @{{ A = 'x' }}\n{end}"));

        Assert.Equal("\nA\n-\nx\n\n", Lines(output));
    }

    [Fact]
    public void A_table_of_a_command_is_complete()
    {
        Assert.Equal("\nA\n-\nx\n\n", Lines(HostProcess.Run("-Command", "[pscustomobject] @{ A = 'x' }").Output));
    }

    [Fact]
    public void Tables_can_be_printed()
    {
        var (_, output, _) = HostProcess.Run("-Command", "[pscustomobject] @{ A = 1.5; B = 'x' }, [pscustomobject] @{ A = 10; B = 'yy' } | Format-Table B, A -AutoSize");

        Assert.Equal("\nB     A\n-     -\nx  1.50\nyy   10\n\n", Lines(output));
    }

    private static string Lines(string text) => text.ReplaceLineEndings("\n");

    private string Script(string text)
    {
        var path = Path.Combine(_folder, "script.ps1");
        File.WriteAllText(path, text);
        return path;
    }
}
