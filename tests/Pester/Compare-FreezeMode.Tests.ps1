BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"

    New-IdxFolder "$TestDrive/idx" -Label ((0, 5) * 8) -Side 8
    New-IdxFolder "$TestDrive/unseen" -Label ((0, 5) * 3) -Side 8 -Seed 2
    $data = Import-ImageDataset "$TestDrive/idx" -Class 0, 5
    $unseen = Import-ImageDataset "$TestDrive/unseen" -Class 0, 5
    $model = New-SmallModel -ClassCount 2 -InputShape 8
    $run = @{ Dataset = $data; BatchSize = 8; Epochs = 2; Optimizer = 'Adam'; LearningRate = 0.02 }

    # A row as text, but for the time it took, which its runs show as well.
    function Get-RowText($Row) {
        ($Row.PSObject.Properties | Where-Object Name -NotIn 'Seconds', 'Runs' | ForEach-Object { "$($_.Name)=$($_.Value)" }) -join '; '
    }
}

Describe 'Compare-FreezeMode' {
    Context 'without -Mode' {
        BeforeAll {
            $null = Export-TransferModel -Model $model -Path "$TestDrive/before.safetensors"
            $rows = @(Compare-FreezeMode -Model $model @run -Repair None -ValidationDataset $unseen)
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
        $rows = @(Compare-FreezeMode -Model $model @run -Repair None -Mode Legacy, Inference)
        $rows.Mode | ForEach-Object { "$_" } | Should -Be 'Legacy', 'Inference'
    }

    It 'gives the same rows again, whatever ran before' {
        $alone = Compare-FreezeMode -Model $model @run -Repair None -Mode Legacy
        $after = @(Compare-FreezeMode -Model $model @run -Repair None -Mode None, Legacy)[1]
        Get-RowText $after | Should -Be (Get-RowText $alone)
    }

    It 'gives other rows with another seed' {
        $one = Compare-FreezeMode -Model $model @run -Repair None -Mode Legacy
        $other = Compare-FreezeMode -Model $model @run -Repair None -Mode Legacy -Seed 7
        Get-RowText $other | Should -Not -Be (Get-RowText $one)
    }

    It 'gives what the three cmdlets give one after the other' {
        $row = Compare-FreezeMode -Model $model @run -Repair None -ValidationDataset $unseen -Mode Legacy
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
        $row = Compare-FreezeMode -Model $model @run -Repair None -Mode Inference
        $row.Validation | Should -BeNullOrEmpty
        $row.GeneralizationGap | Should -BeNullOrEmpty
    }

    It 'names the first epoch that reached -TargetAccuracy' {
        (Compare-FreezeMode -Model $model @run -Repair None -Mode Inference -TargetAccuracy 0).EpochsToTarget | Should -Be 1
        (Compare-FreezeMode -Model $model @run -Repair None -Mode Inference -LearningRate 1e-30 -TargetAccuracy 1).EpochsToTarget | Should -BeNullOrEmpty
    }

    It 'takes a result of Invoke-FineTune, with its data' {
        $result = Copy-TransferModel $model | Set-FreezeMode Inference | Invoke-FineTune @run -ValidationDataset $unseen
        $row = $result | Compare-FreezeMode -Repair None -BatchSize 8 -Mode Inference
        $row.InferencePhase.Count | Should -Be 16
        $row.Validation.Count | Should -Be 6
    }

    Context 'with repairs' {
        BeforeAll {
            $rows = @(Compare-FreezeMode -Model $model @run -ValidationDataset $unseen -Mode Legacy, Statistics -Repair None, Precise, Prior, Mixed -Prior 4 -InformationVariable said)
            $copy = Copy-TransferModel $model | Set-FreezeMode Legacy
            $null = Invoke-FineTune -Model $copy @run -ValidationDataset $unseen -WarningAction SilentlyContinue
        }

        It 'gives a row for each repair of a mode that normalises by the batch, and one for a pinned mode' {
            $rows | ForEach-Object { "$($_.Mode) $($_.Repair)" } | Should -Be 'Legacy None', 'Legacy Precise', 'Legacy Prior', 'Legacy Mixed', 'Statistics None'
        }

        It 'gives what Repair-BatchNorm with <Arguments.Prior> gives between training and test' -ForEach @(
            @{ Row = 1; Arguments = @{ Prior = 0 } }, @{ Row = 2; Arguments = @{ Prior = 4 } }
        ) {
            $report = Copy-TransferModel $copy | Repair-BatchNorm -Dataset $data -BatchSize 8 @Arguments | Test-LearningPhase -Dataset $data -ValidationDataset $unseen -BatchSize 8
            $rows[$Row].TrainingPhase | Should -Be $report.Training
            $rows[$Row].InferencePhase | Should -Be $report.Inference
            $rows[$Row].Validation | Should -Be $report.Validation
            $rows[$Row].NormalizationGap | Should -Be $report.NormalizationGap
            "$($rows[$Row].Verdict)" | Should -Be "$($report.Verdict)"
        }

        It 'mixes batch statistics in without touching the training phase' {
            $rows[3].TrainingPhase | Should -Be $rows[0].TrainingPhase
            $rows[3].InferencePhase.Loss | Should -Not -Be $rows[0].InferencePhase.Loss
            $rows[3].InferencePhase.Loss | Should -Not -Be $rows[3].TrainingPhase.Loss
        }

        It 'mixes nothing in with -BatchShare 0' {
            $row = Compare-FreezeMode -Model $model @run -ValidationDataset $unseen -Mode Legacy -Repair Mixed -BatchShare 0
            $row.InferencePhase | Should -Be $rows[0].InferencePhase
            $row.Validation | Should -Be $rows[0].Validation
        }

        It 'ends in one conclusion in words, as Write-Host writes' {
            $said | Should -HaveCount 1
            $said[0].Tags | Should -Contain 'PSHOST'
            "$($said[0])" | Should -Match '^\w+( with \w+)? has the best accuracy on the validation images in the inference phase: [01]\.\d{3}, then '
        }

        It 'repairs precisely by default' {
            @(Compare-FreezeMode -Model $model @run -Mode Legacy).Repair | ForEach-Object { "$_" } | Should -Be 'None', 'Precise'
        }
    }

    Context 'with -Repeat' {
        BeforeAll {
            $row = Compare-FreezeMode -Model $model @run -ValidationDataset $unseen -Mode Legacy -Repair None -Repeat 2 -Seed 7 -Label 'two seeds'
        }

        It 'gives the means of the single runs with those seeds and their heads' {
            $single = foreach ($seed in 7, 8) {
                Copy-TransferModel $model | Add-ClassifierHead 2 -Force -Seed $seed | Compare-FreezeMode @run -ValidationDataset $unseen -Mode Legacy -Repair None -Seed $seed
            }
            $row.Repeats | Should -Be 2
            $row.Seeds | Should -Be 7, 8
            for ($i = 0; $i -lt 2; $i++) {
                $row.Runs[$i].InferencePhase | Should -Be $single[$i].InferencePhase
                $row.Runs[$i].Validation | Should -Be $single[$i].Validation
            }
            $row.InferencePhase.Accuracy | Should -Be (($single[0].InferencePhase.Accuracy + $single[1].InferencePhase.Accuracy) / 2)
        }

        It 'has an interval for each accuracy, of both sides as wide' {
            $losses = $row.Runs.NormalizationGap.Loss
            $half = 12.7062 * [Math]::Abs($losses[0] - $losses[1]) / 2
            $half | Should -BeGreaterThan 0
            $found = ($row.NormalizationGap.LossInterval.Upper - $row.NormalizationGap.LossInterval.Lower) / 2
            [Math]::Round($found / $half, 4) | Should -Be 1
            foreach ($phase in 'Training', 'Inference', 'Validation') {
                $accuracy = ($phase -eq 'Validation') ? $row.Validation.Accuracy : $row."${phase}Phase".Accuracy
                $interval = $row."${phase}Interval"
                [Math]::Round(($interval.Lower + $interval.Upper) / 2 - $accuracy, 9) | Should -Be 0
            }
        }

        It 'carries its -Label' {
            $row.Label | Should -Be 'two seeds'
            (Compare-FreezeMode -Model $model @run -Mode Inference).Label | Should -BeNullOrEmpty
        }
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
            @{ Parameter = 'Repeat'; Value = 0 }
            @{ Parameter = 'Prior'; Value = -1 }
            @{ Parameter = 'BatchShare'; Value = 1.5 }
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

        It 'refuses a repair it doesn''t know' {
            $fault = Get-Fault { Compare-FreezeMode -Model $model @run -Repair Glue }
            $fault.Exception.Message | Should -BeLike '*Precise*'
        }

        It 'refuses a mode it doesn''t know' {
            $fault = Get-Fault { Compare-FreezeMode -Model $model @run -Mode Frozen }
            "$($fault.CategoryInfo.Category)" | Should -Be 'InvalidArgument'
            $fault.Exception.Message | Should -BeLike '*LiveBatchNorm*'
        }
    }
}
