<#
From a gap to its cause to its cure, on the images bundled with PSTransfer.

A resnet20 is frozen as TensorFlow 1 froze and gets a new head. Training looks perfect, evaluation on the same images doesn't. This
script asks why, finds the layers, writes a report, mends the model without training, and asks again.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/diagnose.ps1

It writes before.html and after.html into out/diagnose, or into the folder after the script. The exit code is 1 unless the repair closes the gap.
#>
param([string] $Folder = 'out/diagnose', [int] $Seed = 42)
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')

$assets = "$PSScriptRoot/../assets"
$shoes = Import-ImageDataset "$assets/fashion-shoes/train-images-idx3-ubyte.gz"
$unseen = Import-ImageDataset "$assets/fashion-shoes/t10k-images-idx3-ubyte.gz"
$null = New-Item $Folder -ItemType Directory -Force

'=== 1. The trap: a frozen backbone, a new head ==='
$model = New-Backbone resnet20 -InputShape 28 -Weights fashion |
    Add-ClassifierHead -ClassCount 2 -Pooling Flatten -Seed $Seed |
    Set-FreezeMode Legacy
$run = Invoke-FineTune -Model $model -Dataset $shoes -ValidationDataset $unseen -Epochs 10 -Optimizer Adam -Seed $Seed
$before = $run | Test-LearningPhase
$before | Out-Host

'=== 2. Which layers: drift, and the accuracy that comes back when a layer alone gets the statistics of these images ==='
Measure-BatchNormDrift -Model $model -Dataset $shoes -Attribution Layer | Out-Host

'=== 3. All of it on one page ==='
($run | Export-TrainingReport -Path "$Folder/before.html" -Force).FullName

'=== 4. The repair: new statistics, no weight changes ==='
$null = Repair-BatchNorm -Model $model -Dataset $shoes -Verbose
$after = $run | Test-LearningPhase
$after | Out-Host
($run | Export-TrainingReport -Path "$Folder/after.html" -Force).FullName

'{0}: {1:0.000} became {2:0.000} on the training images and {3:0.000} became {4:0.000} on unseen ones, in the inference phase.' -f
    $model.Name, $before.Inference.Accuracy, $after.Inference.Accuracy, $before.Validation.Accuracy, $after.Validation.Accuracy
if ($before.Verdict -notin 'PhaseSkew', 'Both' -or -not $after.PhasesAgree) {
    'The trap or its cure did not show.'
    exit 1
}
