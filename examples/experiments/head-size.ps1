<#
Does a bigger head hide the trap? Heads of none to two hidden layers on the frozen resnet20, trained to tell sneakers from ankle boots.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/experiments/head-size.ps1

The answer: docs/experiments/head-size.md. Takes some minutes; fewer of -Repeat, -Epochs, -Images or -Hidden take less.
#>
param(
    [string[]] $Hidden = @('none', '256', '512', '512+256'),
    [int] $Repeat = 5,
    [int] $Epochs = 5,
    [int] $Images = 100,
    [string] $Path = 'out/experiments'
)
. "$PSScriptRoot/Experiment.ps1"

$shoes = Get-Sample train 'Sneaker', 'Ankle boot' $Images
$unseen = Get-Sample t10k 'Sneaker', 'Ankle boot' $Images
$rows = foreach ($head in $Hidden) {
    $units = [int[]] @(if ($head -ne 'none') { $head.Split('+') })
    $model = New-Candidate 2 $units
    Test-Condition $head $model $shoes $unseen $Epochs $Repeat
    $model.Dispose()
}
Export-Experiment head-size $rows @{} $Path
