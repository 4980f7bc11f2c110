BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/images"
    $data = Import-ImageDataset "$TestDrive/images"

    # Trained, so that there is a history, class names and moved statistics to copy.
    $model = New-SmallModel | Add-ClassifierHead 2 -HiddenUnits 6 -Dropout 0.1 | Set-FreezeMode Drifting -Layer layer1.*
    $null = $model | Invoke-FineTune -Dataset $data -WarningAction SilentlyContinue

    function Get-Loss($Model) { (Measure-TransferModel -Model $Model -Dataset $data).Loss }
}

Describe 'Copy-TransferModel' {
    It 'makes another object with the same numbers' {
        $copy = $model | Copy-TransferModel
        [object]::ReferenceEquals($copy, $model) | Should -BeFalse
        $copy | Should -BeOfType 'PSTransfer.TransferModel'
        Get-Loss $copy | Should -Be (Get-Loss $model)
    }

    It 'copies everything that a model shows' {
        $copy = Copy-TransferModel $model
        foreach ($property in 'Name', 'Backbone', 'InputShape', 'Classes', 'Device', 'TotalParameters', 'TrainableParameters', 'FreezeMode', 'BatchNormCount') {
            "$($copy.$property)" | Should -BeExactly "$($model.$property)" -Because $property
        }
        $copy.History.Count | Should -Be 1
        $copy.History[0].Loss | Should -Be $model.History[0].Loss
    }

    It 'copies the mode of every layer' {
        $copy = $model | Copy-TransferModel
        ($copy | Get-ModelLayer).FreezeMode -join ' ' | Should -Be (($model | Get-ModelLayer).FreezeMode -join ' ')
    }

    It 'makes it independent: training, freezing or disposing the copy leaves the original alone' {
        $before = Get-Loss $model
        $copy = $model | Copy-TransferModel | Set-FreezeMode None
        $null = $copy | Invoke-FineTune -Dataset $data -LearningRate 0.1 -WarningAction SilentlyContinue
        Get-Loss $copy | Should -Not -Be $before
        Get-Loss $model | Should -Be $before
        $model.FreezeMode | Should -Be 'Mixed'
        $model.History.Count | Should -Be 1
        $copy.Dispose()
        Get-Loss $model | Should -Be $before
    }

    It 'outlives the original' {
        $original = New-SmallModel 2
        $copy = $original | Copy-TransferModel
        $before = Get-Loss $original
        $original.Dispose()
        Get-Loss $copy | Should -Be $before
    }

    It 'trains on as the original would' {
        $copy = $model | Copy-TransferModel
        $other = $model | Copy-TransferModel
        $loss = foreach ($one in $copy, $other) {
            ($one | Invoke-FineTune -Dataset $data -Epochs 2 -Seed 5 -WarningAction SilentlyContinue).History[1].Loss
        }
        $loss[1] | Should -Be $loss[0]
    }

    It 'copies a model without head' {
        @(New-SmallModel | Copy-TransferModel | Get-ModelLayer).Count | Should -Be 52
    }

    It 'refuses a disposed model' {
        $gone = New-SmallModel
        $gone.Dispose()
        $fault = Get-Fault { $gone | Copy-TransferModel }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.CopyTransferModel'
        $fault.CategoryInfo.Category | Should -Be 'InvalidOperation'
        $fault.Exception.Message | Should -BeLike "*'resnet20' was disposed*again*"
    }
}
