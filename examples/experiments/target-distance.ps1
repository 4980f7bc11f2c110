<#
Does a target close to the source hide the trap? From the eight classes of the pretraining over two of them to two that it never saw.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/experiments/target-distance.ps1

The answer: docs/experiments/target-distance.md. Takes some minutes; fewer of -Repeat, -Epochs, -Images or -Target take less.
#>
param(
    [string[]] $Target = @('all eight', 'Pullover, Coat', 'Trouser, Bag', 'Sandal, Bag', 'Sandal, Sneaker', 'Sneaker, Ankle boot'),
    [int] $Repeat = 5,
    [int] $Epochs = 5,
    [int] $Images = 100,
    [string] $Path = 'out/experiments'
)
. "$PSScriptRoot/Experiment.ps1"

$distance = [ordered] @{}
$rows = foreach ($name in $Target) {
    $class = $name -eq 'all eight' ? $source : $name.Split(', ')
    $data = Get-Sample train $class $Images
    $unseen = Get-Sample t10k $class $Images
    $model = New-Candidate $class.Count
    $distance[$name] = Get-Distance $model $data
    Test-Condition $name $model $data $unseen $Epochs $Repeat
    $model.Dispose()
}
Export-Experiment target-distance $rows $distance $Path
