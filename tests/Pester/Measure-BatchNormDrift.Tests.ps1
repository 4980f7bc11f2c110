BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/pets" -Count 8 -Height 8 -Width 8
    $data = Import-ImageDataset "$TestDrive/pets"
    $model = New-SmallModel -InputShape 8 -ClassCount 2 | Set-FreezeMode Legacy
    $null = Invoke-FineTune -Model $model -Dataset $data -BatchSize 8 -Epochs 10 -Optimizer Adam -LearningRate 0.05 -WarningAction SilentlyContinue
}

Describe 'Measure-BatchNormDrift' {
    It 'gives a row per BatchNorm layer, in the order in which they run' {
        $rows = @(Measure-BatchNormDrift -Model $model -Dataset $data)
        $rows | Should -HaveCount 21
        $rows.Depth | Should -Be (1..21)
        $rows[0].Name | Should -Be 'bn1'
        foreach ($row in $rows) {
            $layer = $model | Get-ModelLayer $row.Name
            $row.Index | Should -Be $layer.Index
            $row.Channels | Should -Be ($layer.ParameterCount / 2)
            $row.Drift | Should -BeGreaterThan 0
            $row.MeanShift | Should -BeGreaterThan 0
            $row.VarianceRatio | Should -BeGreaterThan 0
            $row.AccuracyIfSwapped | Should -BeNullOrEmpty
        }
    }

    It 'needs no head' {
        @(New-SmallModel -InputShape 8 | Measure-BatchNormDrift -Dataset $data) | Should -HaveCount 21
    }

    It 'gives the same whatever -BatchSize' {
        $one = Measure-BatchNormDrift -Model $model -Dataset $data -BatchSize 3
        $all = Measure-BatchNormDrift -Model $model -Dataset $data -BatchSize 16
        for ($i = 0; $i -lt 21; $i++) { [Math]::Abs($one[$i].Drift / $all[$i].Drift - 1) | Should -BeLessThan 1e-4 }
    }

    It 'changes nothing, -Attribution <Attribution>' -ForEach @{ Attribution = 'None' }, @{ Attribution = 'Layer' }, @{ Attribution = 'Prefix' }, @{ Attribution = 'Suffix' } {
        $before = Get-WeightHash $model
        $rows = @(Measure-BatchNormDrift -Model $model -Dataset $data -Attribution $Attribution)
        Get-WeightHash $model | Should -Be $before
        @($rows | Where-Object { $null -ne $_.AccuracyIfSwapped }) | Should -HaveCount ($Attribution -eq 'None' ? 0 : 21)
    }

    It 'ends a prefix, and begins a suffix, with the accuracy of a whole repair' {
        $copy = Copy-TransferModel $model | Repair-BatchNorm -Dataset $data
        $repaired = (Measure-TransferModel -Model $copy -Dataset $data).Accuracy
        $repaired | Should -BeGreaterThan ((Measure-TransferModel -Model $model -Dataset $data).Accuracy)
        (Measure-BatchNormDrift -Model $model -Dataset $data -Attribution Prefix)[-1].AccuracyIfSwapped | Should -Be $repaired
        (Measure-BatchNormDrift -Model $model -Dataset $data -Attribution Suffix)[0].AccuracyIfSwapped | Should -Be $repaired
        $copy.Dispose()
    }

    It 'takes what Invoke-FineTune gives' {
        $result = New-SmallModel -InputShape 8 -ClassCount 2 | Set-FreezeMode Inference | Invoke-FineTune -Dataset $data -BatchSize 8
        @($result | Measure-BatchNormDrift) | Should -HaveCount 21
    }

    It 'warns of a model without BatchNorm, and gives nothing' {
        $vgg = New-Backbone vgg16 -InputShape 32 -WarningAction SilentlyContinue
        $rows = @(Measure-BatchNormDrift -Model $vgg -Dataset $data -WarningVariable warned -WarningAction SilentlyContinue)
        $rows | Should -HaveCount 0
        "$warned" | Should -BeLike 'vgg16 has no BatchNorm layer*'
        $vgg.Dispose()
    }

    Context 'bad input' {
        It 'refuses -BatchSize 0' {
            $fault = Get-Fault { Measure-BatchNormDrift -Model $model -Dataset $data -BatchSize 0 }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.MeasureBatchNormDrift'
            $fault.Exception.Message | Should -BeLike '-BatchSize must be*not 0*'
        }

        It 'refuses -Attribution without a head' {
            $fault = Get-Fault { New-SmallModel -InputShape 8 | Measure-BatchNormDrift -Dataset $data -Attribution Layer }
            $fault.Exception.Message | Should -BeLike '*no head*Add-ClassifierHead*'
        }

        It 'refuses a disposed model' {
            $gone = New-SmallModel -InputShape 8
            $gone.Dispose()
            (Get-Fault { Measure-BatchNormDrift -Model $gone -Dataset $data }).Exception.Message | Should -BeLike '*disposed*'
        }
    }
}
