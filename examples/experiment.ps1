<#
Four runs from one file: experiment.yml trains the bundled shoes under Legacy and Inference, with two seeds each.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/experiment.ps1

The exit code is 1 unless the file is valid, the trap shows in each run under Legacy and in none under Inference.
#>
param([string] $Path = "$PSScriptRoot/experiment.yml", [string[]] $Set = @())
$ErrorActionPreference = 'Stop'

$test = Test-Experiment $Path -Set $Set
if (-not $test.Valid) {
    $test.Errors | ForEach-Object { "$_" }
    exit 1
}

"$($test.Runs) runs"
$failed = $false
Invoke-Experiment $Path -Set $Set -WarningAction SilentlyContinue | ForEach-Object {
    if ($_.Number -eq 1) { "`n{0,-12}{1,6}{2,10}{3,18}{4,18}   {5}" -f 'frozen as', 'seed', 'unseen', 'training phase', 'inference phase', 'verdict' }
    '{0,-12}{1,6}{2,10:0.000}{3,18:0.000}{4,18:0.000}   {5}' -f $_.Values['freeze.mode'], $_.Values['seed'], $_.Measurement.Accuracy,
        $_.LearningPhase.Training.Accuracy, $_.LearningPhase.Inference.Accuracy, $_.LearningPhase.Verdict
    $trapped = -not $_.LearningPhase.Consistent
    if ($trapped -ne ($_.Values['freeze.mode'] -eq 'Legacy')) { $failed = $true }
    if ($_.Model) { $_.Model.Dispose() }
}
if ($failed) {
    'FAILED: the trap should show under Legacy and nowhere else.'
    exit 1
}
