<#
Two-stage fine-tuning, the recipe of Keras' transfer-learning guide: first only the new head learns on a frozen backbone; then the
whole network learns at a low rate, its moving statistics pinned (what base_model(x, training=False) does).

    dotnet run --project src/PSTransfer.Host -c Release -- examples/two-stage-finetuning.ps1

The exit code is 1 unless both phases leave a model whose learning phases agree, and the second made it no worse.
#>
param([string] $Device = 'cpu')
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')

$assets = "$PSScriptRoot/../assets"
$shoes = Import-ImageDataset "$assets/fashion-shoes/train-images-idx3-ubyte.gz"
$unseen = Import-ImageDataset "$assets/fashion-shoes/t10k-images-idx3-ubyte.gz"

# GlobalAveragePooling + Dropout(0.2) + Dense(1) on logits: a binary classifier.
$model = New-Backbone resnet20 -InputShape 28 -Weights fashion -Device $Device |
    Add-ClassifierHead -ClassCount 1 -Pooling Average -Dropout 0.2

'=== Stage 1: the backbone is frozen, the head learns ==='
$null = $model | Set-FreezeMode Inference
$model | Out-Host
$head = $model | Invoke-FineTune -Dataset $shoes -ValidationDataset $unseen -Epochs 10 -Optimizer Adam -LearningRate 0.01 -Augmentation Flip
$head.History | Out-Host
$first = Measure-TransferModel -Model $model -Dataset $unseen

"`n=== Stage 2: the first half stays frozen, the rest learns at a low rate, statistics pinned ==="
$null = $model | Set-FreezeMode Statistics -Layer layer2*, layer3*
Get-ModelLayer -Model $model -Kind BatchNorm | Format-Table Name, Learns, NormalizesBy, UpdatesStatistics | Out-Host
$whole = $model | Invoke-FineTune -Dataset $shoes -ValidationDataset $unseen -Epochs 5 -Optimizer Adam -LearningRate 1e-4 -Augmentation Flip
$whole.History | Out-Host

"`n=== The result ==="
$report = $whole | Test-LearningPhase -Dataset $shoes -ValidationDataset $unseen
$report | Out-Host
'On unseen images: {0:0.000} after stage 1, {1:0.000} after stage 2.' -f $first.Accuracy, $report.Validation.Accuracy

if (-not $report.PhasesAgree -or $report.Validation.Accuracy -lt $first.Accuracy - 0.01) {
    'FAILED: the phases disagree, or stage 2 made the model worse.'
    exit 1
}
