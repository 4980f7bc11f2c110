<#
Makes assets/resnet20-fashion.safetensors: resnet20 pretrained on eight of Fashion-MNIST's ten classes, all but Sneaker and
Ankle boot, which the examples keep as the unseen target. Takes some minutes on two cores.

    apt-get install dataset-fashion-mnist      # Debian; MIT licence. Or the four files from anywhere, named by -DataPath.
    dotnet run --project src/PSTransfer.Host -c Release -- examples/pretrain/pretrain-resnet20.ps1
#>
param(
    [string] $DataPath = '/usr/share/datasets/fashion-mnist',
    [string] $Path = "$PSScriptRoot/../../assets/resnet20-fashion.safetensors"
)
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')

$class = 'T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Bag'
$training = Import-ImageDataset "$DataPath/train-images-idx3-ubyte.gz" -Class $class
$test = Import-ImageDataset "$DataPath/t10k-images-idx3-ubyte.gz" -Class $class

$model = New-Backbone resnet20 -InputShape 28 -Seed 1 -WarningAction SilentlyContinue | Add-ClassifierHead -ClassCount 8
$result = Invoke-FineTune -Model $model -Dataset $training -ValidationDataset $test -Epochs 2 -BatchSize 128 `
    -LearningRate 0.2 -Momentum 0.9 -Nesterov -WeightDecay 5e-4 -Schedule OneCycle -Augmentation Flip -Verbose
$result
Export-TransferModel -Model $model -Path $Path -Force
