<#
A model as a build artefact: these tests belong into the pipeline that ships it. They fail for a model that fell into the trap and
pass for a sound one.

    Invoke-Pester examples/assert-model.Tests.ps1                     # tests a model that is trained on the spot
    $env:MODEL_PATH = './model.safetensors'; $env:DATASET_PATH = './photos'; Invoke-Pester examples/assert-model.Tests.ps1

MODEL_FREEZE_MODE (default Inference) is the mode the model on the spot is trained under: Legacy shows how the tests fail.
#>
BeforeAll {
    Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')
    $data = Import-ImageDataset ($env:DATASET_PATH ?? "$PSScriptRoot/../assets/fashion-shoes/train-images-idx3-ubyte.gz")
    $model = if ($env:MODEL_PATH) {
        Import-TransferModel $env:MODEL_PATH
    }
    else {
        $result = New-Backbone resnet20 -InputShape 28 -Weights fashion |
            Add-ClassifierHead -ClassCount 2 -Pooling Flatten |
            Set-FreezeMode ($env:MODEL_FREEZE_MODE ?? 'Inference') |
            Invoke-FineTune -Dataset $data -Epochs 5 -Optimizer Adam -WarningAction SilentlyContinue
        $result.Model
    }
}

AfterAll {
    if ($model) { $model.Dispose() }
}

Describe 'The model to be shipped' {
    It 'gives the same answers in training and in evaluation' {
        $report = Test-LearningPhase -Model $model -Dataset $data
        $report.PhasesAgree | Should -BeTrue -Because $report.Explanation
    }

    It 'is right about its training images often enough' {
        (Measure-TransferModel -Model $model -Dataset $data).Accuracy | Should -BeGreaterThan 0.8
    }
}
