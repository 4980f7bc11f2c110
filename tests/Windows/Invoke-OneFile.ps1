# One Pester file under Wine, told in a file of lines that run.sh reads: what is printed has progress and the tests' own output in it.
# What fails for a gap of Wine's (gaps.txt: file, name, reason) counts as skipped.
param([string] $Pester, [string] $File, [string] $Gaps, [string] $Result)

Import-Module $Pester
$name = [System.IO.Path]::GetFileName($File) -replace '\.Tests\.ps1$'
$known = @{}
foreach ($line in [System.IO.File]::ReadAllLines($Gaps)) {
    if ($line.StartsWith('#') -or -not $line.Trim()) { continue }
    $of, $test, $reason = $line.Split('|', 3).Trim()
    if ($of -eq $name) { $known[$test] = $reason }
}
$run = Invoke-Pester -Configuration @{
    Run = @{ Path = $File; PassThru = $true }
    Output = @{ Verbosity = 'None' }
    TestResult = @{ Enabled = $false } # the report asks WMI for the system, which Wine never answers
}
$failed = 0
$lines = [System.Collections.Generic.List[string]]::new()
$skipped = $run.SkippedCount + $run.NotRunCount
$passed = $run.PassedCount
foreach ($test in $run.Tests | Where-Object Result -EQ Failed) {
    $gap = @($known.Keys | Where-Object { $test.ExpandedPath -like "*$_" })
    if ($gap) {
        $lines.Add("SKIPPED $($test.ExpandedPath): $($known[$gap[0]])")
        $known.Remove($gap[0])
        $skipped++
    }
    else {
        $lines.Add("FAILED $($test.ExpandedPath)")
        foreach ($fault in $test.ErrorRecord) { $lines.Add("    $($fault.Exception.Message -replace '\r?\n', "`n    ")") }
        $failed++
    }
}
foreach ($container in $run.Containers | Where-Object Result -EQ Failed) {
    foreach ($fault in $container.ErrorRecord) {
        $lines.Add("FAILED $name as a whole")
        $lines.Add("    $($fault.Exception.Message -replace '\r?\n', "`n    ")")
        $failed++
    }
}
foreach ($block in $run.FailedBlocks) {
    foreach ($fault in $block.ErrorRecord) {
        $lines.Add("FAILED $($block.ExpandedPath), around its tests")
        $lines.Add("    $($fault.Exception.Message -replace '\r?\n', "`n    ")")
        $failed++
    }
}
foreach ($gap in $known.Keys) { $lines.Add("GONE $gap passes here: gaps.txt needn't name it") }
$lines.Add("RESULT $passed $failed $skipped")
[System.IO.File]::WriteAllLines($Result, $lines)
exit [Math]::Min($failed, 1)
