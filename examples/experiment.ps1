<#
Four runs from one file: experiment.yml trains the bundled shoes under Legacy and Inference, with two seeds each.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/experiment.ps1

The exit code is 1 unless the file is valid, the trap shows in each run under Legacy and in none under Inference.
#>
param([string] $Path = "$PSScriptRoot/experiment.yml", [string[]] $Set = @())
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')

$test = Test-Experiment $Path -Set $Set
if (-not $test.Valid) {
    $test.Errors | ForEach-Object { "$_" }
    exit 1
}

"$($test.Runs) runs"
$columns = @(
    @{ n = 'frozen as'; e = { $_.Values['freeze.mode'] }; w = 9 }
    @{ n = 'seed'; e = { $_.Values['seed'] }; w = 4 }
    @{ n = 'unseen'; e = { $_.Measurement.Accuracy }; f = '0.000'; w = 6 }
    @{ n = 'training phase'; e = { $_.LearningPhase.Training.Accuracy }; f = '0.000'; w = 14 }
    @{ n = 'inference phase'; e = { $_.LearningPhase.Inference.Accuracy }; f = '0.000'; w = 15 }
    @{ n = 'verdict'; e = { $_.LearningPhase.Verdict }; w = 12; a = 'Left' }
)
$failed = $false
Invoke-Experiment $Path -Set $Set -WarningAction SilentlyContinue | ForEach-Object {
    if ($_.LearningPhase.PhasesAgree -eq ($_.Values['freeze.mode'] -eq 'Legacy')) { $failed = $true }
    $_
    if ($_.Model) { $_.Model.Dispose() }
} | Format-Table $columns
if ($failed) {
    'FAILED: the trap should show under Legacy and nowhere else.'
    exit 1
}
