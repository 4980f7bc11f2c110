BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"

    New-IdxFolder "$TestDrive/idx" -Label ((0, 5) * 8) -Side 8
    New-IdxFolder "$TestDrive/unseen" -Label ((0, 5) * 3) -Side 8 -Seed 2
    $data = Import-ImageDataset "$TestDrive/idx" -Class 0, 5
    $unseen = Import-ImageDataset "$TestDrive/unseen" -Class 0, 5
    $model = New-SmallModel -ClassCount 2 -InputShape 8
    $run = @{ Dataset = $data; BatchSize = 8; Epochs = 2; Optimizer = 'Adam'; LearningRate = 0.02 }

    # A row as text, but for the time it took.
    function Get-RowText($Row) {
        ($Row.PSObject.Properties | Where-Object Name -NE 'Seconds' | ForEach-Object { "$($_.Name)=$($_.Value)" }) -join '; '
    }
}

Describe 'Compare-FreezeMode' {
    Context 'without -Mode' {
        BeforeAll {
            $null = Export-TransferModel -Model $model -Path "$TestDrive/before.safetensors"
            $rows = @(Compare-FreezeMode -Model $model @run -ValidationDataset $unseen)
        }

        It 'gives one row for each mode, in the order of their names'' list' {
            $rows.Mode | ForEach-Object { "$_" } | Should -Be 'None', 'Inference', 'Legacy', 'Drifting', 'LiveBatchNorm', 'Statistics'
        }

        It 'leaves its input as it was, to the last byte of its file' {
            $null = Export-TransferModel -Model $model -Path "$TestDrive/after.safetensors"
            $before = [Convert]::ToBase64String([System.IO.File]::ReadAllBytes("$TestDrive/before.safetensors"))
            [Convert]::ToBase64String([System.IO.File]::ReadAllBytes("$TestDrive/after.safetensors")) -ceq $before | Should -BeTrue
            $model.History | Should -HaveCount 0
            $model.Classes | Should -HaveCount 0
            $model.FreezeMode | Should -Be 'None'
        }

        It 'has training, inference and validation figures and gaps under <Mode>' -ForEach @(
            @{ Mode = 'None' }, @{ Mode = 'Inference' }, @{ Mode = 'Legacy' }, @{ Mode = 'Drifting' }, @{ Mode = 'LiveBatchNorm' }, @{ Mode = 'Statistics' }
        ) {
            $row = $rows | Where-Object Mode -EQ $Mode
            $row.TrainingPhase.Count | Should -Be 16
            $row.InferencePhase.Count | Should -Be 16
            $row.Validation.Count | Should -Be 6
            $row.GeneralizationGap.Accuracy | Should -Be ($row.InferencePhase.Accuracy - $row.Validation.Accuracy)
            $row.NormalizationGap.Loss | Should -Be ($row.TrainingPhase.Loss - $row.InferencePhase.Loss)
            $row.FitAccuracy | Should -BeLessThan 1.001
            $row.Seconds | Should -BeGreaterThan 0
        }

        It 'has no normalisation gap under <Mode>' -ForEach @{ Mode = 'Inference' }, @{ Mode = 'Statistics' } {
            $row = $rows | Where-Object Mode -EQ $Mode
            $row.NormalizationGap.Accuracy | Should -Be 0
            $row.NormalizationGap.Loss | Should -Be 0
        }

        It 'has one under <Mode>' -ForEach @{ Mode = 'None' }, @{ Mode = 'Legacy' }, @{ Mode = 'Drifting' }, @{ Mode = 'LiveBatchNorm' } {
            ($rows | Where-Object Mode -EQ $Mode).NormalizationGap.Loss | Should -Not -Be 0
        }

        It 'gives Legacy and Drifting the same training, since they differ in evaluation only' {
            $legacy = $rows | Where-Object Mode -EQ 'Legacy'
            $drifting = $rows | Where-Object Mode -EQ 'Drifting'
            $drifting.TrainingPhase | Should -Be $legacy.TrainingPhase
            $drifting.InferencePhase | Should -Not -Be $legacy.InferencePhase
        }
    }

    It 'runs the modes of -Mode alone, in their order' {
        $rows = @(Compare-FreezeMode -Model $model @run -Mode Legacy, Inference)
        $rows.Mode | ForEach-Object { "$_" } | Should -Be 'Legacy', 'Inference'
    }

    It 'gives the same rows again, whatever ran before' {
        $alone = Compare-FreezeMode -Model $model @run -Mode Legacy
        $after = @(Compare-FreezeMode -Model $model @run -Mode None, Legacy)[1]
        Get-RowText $after | Should -Be (Get-RowText $alone)
    }

    It 'gives other rows with another seed' {
        $one = Compare-FreezeMode -Model $model @run -Mode Legacy
        $other = Compare-FreezeMode -Model $model @run -Mode Legacy -Seed 7
        Get-RowText $other | Should -Not -Be (Get-RowText $one)
    }

    It 'gives what the three cmdlets give one after the other' {
        $row = Compare-FreezeMode -Model $model @run -ValidationDataset $unseen -Mode Legacy
        $copy = Copy-TransferModel $model | Set-FreezeMode Legacy
        $result = Invoke-FineTune -Model $copy @run -ValidationDataset $unseen -WarningAction SilentlyContinue
        $report = $result | Test-LearningPhase -BatchSize 8
        $row.FitAccuracy | Should -Be $result.History[1].Accuracy
        $row.TrainingPhase | Should -Be $report.Training
        $row.InferencePhase | Should -Be $report.Inference
        $row.Validation | Should -Be $report.Validation
        "$($row.Verdict)" | Should -Be "$($report.Verdict)"
    }

    It 'has no validation figures without validation images' {
        $row = Compare-FreezeMode -Model $model @run -Mode Inference
        $row.Validation | Should -BeNullOrEmpty
        $row.GeneralizationGap | Should -BeNullOrEmpty
    }

    It 'names the first epoch that reached -TargetAccuracy' {
        (Compare-FreezeMode -Model $model @run -Mode Inference -TargetAccuracy 0).EpochsToTarget | Should -Be 1
        (Compare-FreezeMode -Model $model @run -Mode Inference -LearningRate 1e-30 -TargetAccuracy 1).EpochsToTarget | Should -BeNullOrEmpty
    }

    It 'takes a result of Invoke-FineTune, with its data' {
        $result = Copy-TransferModel $model | Set-FreezeMode Inference | Invoke-FineTune @run -ValidationDataset $unseen
        $row = $result | Compare-FreezeMode -BatchSize 8 -Mode Inference
        $row.InferencePhase.Count | Should -Be 16
        $row.Validation.Count | Should -Be 6
    }

    Context 'bad input' {
        It 'refuses a model without a head' {
            $fault = Get-Fault { Compare-FreezeMode -Model (New-SmallModel -InputShape 8) @run }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.CompareFreezeMode'
            $fault.Exception.Message | Should -BeLike '*Add-ClassifierHead*'
        }

        It 'refuses -<Parameter> <Value>' -ForEach @(
            @{ Parameter = 'LearningRate'; Value = [double]::NaN }
            @{ Parameter = 'Epochs'; Value = 0 }
            @{ Parameter = 'BatchSize'; Value = 0 }
            @{ Parameter = 'Augmentation'; Value = 'Wobble' }
        ) {
            $arguments = @{ $Parameter = $Value }
            $fault = Get-Fault { Compare-FreezeMode -Model $model -Dataset $data @arguments }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike "*-$Parameter*"
        }

        It 'refuses a target above 1' {
            $fault = Get-Fault { Compare-FreezeMode -Model $model @run -TargetAccuracy 90 }
            $fault.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
            $fault.Exception.Message | Should -BeLike '*TargetAccuracy*'
        }

        It 'refuses a mode it doesn''t know' {
            $fault = Get-Fault { Compare-FreezeMode -Model $model @run -Mode Frozen }
            "$($fault.CategoryInfo.Category)" | Should -Be 'InvalidArgument'
            $fault.Exception.Message | Should -BeLike '*LiveBatchNorm*'
        }
    }
}
