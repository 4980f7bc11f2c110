<#
The trap, the cure, and the proof, on the images bundled with PSTransfer.

A resnet20 was pretrained on eight kinds of clothes. Here it is frozen and gets a new head for two kinds of shoes it has never
seen. Under Legacy, the meaning of "frozen" in TensorFlow 1 and Keras 2.3, its BatchNorm layers still normalise by the mini-batch
while training and by the old moving statistics in evaluation. Under Inference, TensorFlow 2's meaning, they always use the latter.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/frozen-batchnorm.ps1

The exit code is 1 unless the trap shows and the cure holds.
#>
param([string] $Device = 'cpu', [int] $Seed = 42)
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')

$assets = "$PSScriptRoot/../assets"
$shoes = Import-ImageDataset "$assets/fashion-shoes/train-images-idx3-ubyte.gz"
$unseen = Import-ImageDataset "$assets/fashion-shoes/t10k-images-idx3-ubyte.gz"
$shoes, $unseen | Out-Host

# Both models start from the same weights, the same head and see the images in the same order; only the meaning of "frozen" differs.
$report = @{}
foreach ($mode in 'Legacy', 'Inference') {
    "`n=== Frozen as $mode ==="
    $model = New-Backbone resnet20 -InputShape 28 -Weights fashion -Device $Device |
        Add-ClassifierHead -ClassCount 2 -Pooling Flatten -Seed $Seed |
        Set-FreezeMode $mode
    $result = $model | Invoke-FineTune -Dataset $shoes -ValidationDataset $shoes -Epochs 10 -Optimizer Adam -Seed $Seed
    $result.History | Out-Host
    $report[$mode] = $result | Test-LearningPhase -Dataset $shoes -ValidationDataset $unseen
    $report[$mode] | Out-Host

    # Save, forget everything, load: the same numbers to the last bit.
    $file = Join-Path ([IO.Path]::GetTempPath()) "$(New-Guid).safetensors"
    $null = Export-TransferModel -Model $model -Path $file
    $model.Dispose()
    $loaded = Import-TransferModel $file -Device $Device
    $again = Test-LearningPhase -Model $loaded -Dataset $shoes -ValidationDataset $unseen
    $loaded.Dispose()
    Remove-Item $file
    foreach ($phase in 'Dynamic', 'Inference', 'Training', 'Validation') {
        if ($again.$phase -ne $report[$mode].$phase) {
            "After saving and loading, $phase gives $($again.$phase) instead of $($report[$mode].$phase)."
            exit 1
        }
    }
    'Saved, loaded, tested again: the same numbers.'
}

$legacy, $inference = $report.Legacy, $report.Inference
$failed = @(
    if ($legacy.NormalizationGap.Accuracy -lt 0.2) { "The trap doesn't show: Legacy's normalisation gap is $($legacy.NormalizationGap)." }
    if ($inference.Dynamic -ne $inference.Inference -or $inference.Training -ne $inference.Inference) { "Inference's three phases differ." }
    if ($inference.Inference.Accuracy -lt 0.85) { "Inference reaches only $($inference.Inference) on its training images." }
    if ($inference.Validation.Accuracy -lt 0.85) { "Inference reaches only $($inference.Validation) on unseen images." }
)
if ($failed) {
    "`nFAILED"
    $failed
    exit 1
}

@"

                          the same 200 images          1,000 unseen
    frozen as      training phase   inference phase    images
    Legacy         {0,14:0.000}   {1,15:0.000}   {2,9:0.000}   the trap
    Inference      {3,14:0.000}   {4,15:0.000}   {5,9:0.000}   the cure

    The trap looks like overfitting. It isn't: the first two columns are the same images.
"@ -f $legacy.Training.Accuracy, $legacy.Inference.Accuracy, $legacy.Validation.Accuracy,
    $inference.Training.Accuracy, $inference.Inference.Accuracy, $inference.Validation.Accuracy
