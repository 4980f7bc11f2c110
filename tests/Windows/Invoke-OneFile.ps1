# One Pester file under Wine, told in a file of lines that run.sh reads: what is printed has progress and the tests' own output in it.
# What fails for a gap of Wine's (gaps.txt: file, name, reason) counts as skipped.
param([string] $Pester, [string] $File, [string] $Gaps, [string] $Result)

$name = [System.IO.Path]::GetFileName($File) -replace '\.Tests\.ps1$'
$known = @{}
foreach ($line in [System.IO.File]::ReadAllLines($Gaps)) {
    if ($line.StartsWith('#') -or -not $line.Trim()) { continue }
    $of, $test, $reason = $line.Split('|', 3).Trim()
    if ($of -eq $name) { $known[$test] = $reason }
}
$folder = (New-Item (Join-Path ([System.IO.Path]::GetTempPath()) ([guid]::NewGuid())) -ItemType Directory).FullName
& "$PSScriptRoot/../PSTransfer.Pester.Tests/Running/Invoke-File.ps1" -Pester $Pester -Path $File -Results $folder
$run = Get-Content "$folder/$name.Tests.ps1.json" -Raw | ConvertFrom-Json
Remove-Item $folder -Recurse

$count = @{ Passed = 0; Failed = 0; Skipped = 0 }
$lines = @(
    foreach ($test in $run.Tests) {
        $gap = $test.Result -eq 'Failed' ? @($known.Keys | Where-Object { $test.Title -like "*$_" }) : @()
        $end = $gap ? 'Skipped' : $test.Result -in $count.Keys ? $test.Result : 'Skipped'
        $count[$end]++
        if ($gap) {
            "SKIPPED $($test.Title): $($known[$gap[0]])"
            $known.Remove($gap[0])
        }
        elseif ($end -eq 'Failed') { "FAILED $($test.Title)", "    $($test.Message -replace '\r?\n', "`n    ")" }
    }
    if ($run.Fault) {
        "FAILED $name as a whole", "    $($run.Fault -replace '\r?\n', "`n    ")"
        $count.Failed++
    }
    foreach ($gap in $known.Keys) { "GONE $gap passes here: gaps.txt needn't name it" }
    "RESULT $($count.Passed) $($count.Failed) $($count.Skipped)"
)
[System.IO.File]::WriteAllLines($Result, [string[]] $lines)
exit [Math]::Min($count.Failed, 1)
