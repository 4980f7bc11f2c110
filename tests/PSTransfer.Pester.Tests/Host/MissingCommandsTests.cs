using Xunit;

namespace PSTransfer.Pester.Tests.Host;

/// <summary>The commands that the host lends to the bare engine, against what the real ones print.</summary>
public sealed class MissingCommandsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("host-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Write-Host a b -Separator ','; Write-Host x -NoNewline; 'y', 'z' | Write-Host", "a,b\nxy\nz\n")]
    [InlineData("Write-Host hidden 6>$null; Write-Output 1 2; 3, 4 | Write-Output", "1\n2\n3\n4\n")]
    [InlineData("Write-Warning hidden -WarningAction Ignore; Write-Warning shown", "WARNING: shown\n")]
    [InlineData("Join-Path a b c; 'x', 'y' | Join-Path -ChildPath z", "a/b/c\nx/z\ny/z\n")]
    [InlineData("$null = New-Item d/e -ItemType Directory; $null = New-Item d/f.txt -Value hi; (Get-ChildItem d -Recurse -File).Name; Test-Path d, d/f.txt, no, d/*.txt; Test-Path d -PathType Leaf; Remove-Item d -Recurse; Test-Path d", "f.txt\nTrue\nTrue\nFalse\nTrue\nFalse\nFalse\n")]
    [InlineData("$null = New-Item '[1].txt'; Test-Path '[1].txt'; Test-Path -LiteralPath '[1].txt'; Remove-Item -LiteralPath '[1].txt'; Test-Path -LiteralPath '[1].txt'", "False\nTrue\nFalse\n")]
    [InlineData("$null = New-Item f.txt; Remove-Item f.txt -WhatIf; Test-Path f.txt", "What if: Performing the operation \"Remove\" on target \"f.txt\".\nTrue\n")]
    [InlineData("1..5 | Select-Object -Skip 1 -First 2; 1..5 | Select-Object -Last 1; 'abc' | Select-Object -ExpandProperty Length", "2\n3\n5\n3\n")]
    [InlineData("'abc' | Select-Object Length, @{ n = 'Up'; e = { $_.ToUpper() } } | Format-Table", "\nLength Up\n------ --\n     3 ABC\n\n")]
    [InlineData("[pscustomobject] @{ A = 1.5; B = 'x' }, [pscustomobject] @{ A = 10; B = 'yy' } | Format-Table B, A -AutoSize", "\nB     A\n-     -\nx  1.50\nyy   10\n\n")]
    public void They_do_what_the_real_ones_do(string command, string expected)
    {
        var (code, output, error) = HostProcess.Run("-Command", $"[Environment]::CurrentDirectory = '{_folder}'; $null = $ExecutionContext.SessionState.Path.SetLocation('{_folder}'); {command}");

        Assert.Equal((0, "", expected), (code, error, output.ReplaceLineEndings("\n")));
    }

    [Theory]
    [InlineData("Write-Host x -Nope", "parameter name 'Nope'")]
    [InlineData("1 | Select-Object -Unique", "parameter name 'Unique'")]
    [InlineData("Get-ChildItem . -Depth 1", "parameter name 'Depth'")]
    [InlineData("Get-ChildItem /no/such/folder", "Cannot find path '/no/such/folder' because it does not exist.")]
    [InlineData("Remove-Item /no/such/file", "Cannot find path '/no/such/file' because it does not exist.")]
    public void They_fail_loudly(string command, string expected)
    {
        var (code, _, error) = HostProcess.Run("-Command", command);

        Assert.Equal(1, code);
        Assert.Contains(expected, error.ReplaceLineEndings(" "));
    }
}
