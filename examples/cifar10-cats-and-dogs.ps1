<#
The experiment in which the trap was first described: ResNet50, CIFAR-10's cats and dogs, the first 100 images of each, caffe
preprocessing, Flatten and a softmax of two, plain SGD, ten epochs of seven steps of 32 images (the seventh holds 8), validation
on the very same images, then an evaluation under each learning phase of the saved and loaded model.

    examples/cifar10-cats-and-dogs.ps1 -DataPath ./cifar-10-binary.tar.gz -Weights ./resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5

-DataPath is CIFAR-10's binary version as published, -Weights are Keras' pretrained weights (or, for another -Backbone, its own);
-Framework TensorFlow1 falls into the trap, TensorFlow2 doesn't.
#>
param(
    [Parameter(Mandatory)] [string] $DataPath,
    [Parameter(Mandatory)] [string] $Weights,
    [string] $Backbone = 'keras-resnet50',
    [string] $Framework = 'TensorFlow1',
    [double] $LearningRate = 0.01,
    [string] $Device = 'cpu'
)
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')

# x, y: classes 3 and 5, records_per_class = 100
$pets = Import-ImageDataset $DataPath -Format Cifar10 -Class 3, 5 -SamplesPerClass 100 -First
$pets | Out-Host

# ResNet50(include_top=False, input_shape=(32, 32, 3)), Flatten, Dense(2, softmax); base_model.trainable = False
$model = New-Backbone $Backbone -Weights $Weights -InputShape 32, 32, 3 -Device $Device |
    Add-ClassifierHead -ClassCount 2 -Pooling Flatten |
    Set-FreezeMode -Framework $Framework
$model | Out-Host

# compile(sgd, categorical_crossentropy, accuracy); fit(epochs=10, steps_per_epoch=7, seed=42), validation on the same data
$result = $model | Invoke-FineTune -Dataset $pets -ValidationDataset $pets -Epochs 10 -StepsPerEpoch 7 -BatchSize 32 `
    -Optimizer SGD -LearningRate $LearningRate -Loss CategoricalCrossEntropy -Seed 42
$result.History | Out-Host

# Store the model on disk, forget it, load it, evaluate it under each learning phase.
$file = Join-Path ([IO.Path]::GetTempPath()) "$(New-Guid).safetensors"
$null = $model | Export-TransferModel -Path $file
$model.Dispose()
$loaded = Import-TransferModel $file -Device $Device
$report = Test-LearningPhase -Model $loaded -Dataset $pets
Remove-Item $file
"DYNAMIC LEARNING_PHASE     $($report.Dynamic)"
"STATIC LEARNING_PHASE = 0  $($report.Inference)"
"STATIC LEARNING_PHASE = 1  $($report.Training)"
$report | Out-Host
