<#
How does the gap depend on the batch size of the training? Sneakers and ankle boots, the same number of epochs at each size.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/experiments/batch-size.ps1

The answer: docs/experiments/batch-size.md. Takes some minutes; fewer of -Repeat, -Epochs, -Images or -BatchSize take less.
#>
param(
    [int[]] $BatchSize = @(4, 8, 16, 32, 100),
    [int] $Repeat = 5,
    [int] $Epochs = 5,
    [int] $Images = 100,
    [string] $Path = 'out/experiments'
)
. "$PSScriptRoot/Experiment.ps1"

$shoes = Get-Sample train 'Sneaker', 'Ankle boot' $Images
$unseen = Get-Sample t10k 'Sneaker', 'Ankle boot' $Images
$model = New-Candidate 2
$rows = foreach ($size in $BatchSize) { Test-Condition "$size" $model $shoes $unseen $Epochs $Repeat $size }
Export-Experiment batch-size $rows @{} $Path
