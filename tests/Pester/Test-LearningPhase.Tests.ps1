BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"

    # cat is dark, dog is brighter; the second folder has it the other way round.
    New-ImageFolder "$TestDrive/pets" -Count 8 -Height 8 -Width 8
    New-ImageFolder "$TestDrive/swapped" -Class dog, cat -Count 8 -Height 8 -Width 8
    $data = Import-ImageDataset "$TestDrive/pets"
    $swapped = Import-ImageDataset "$TestDrive/swapped"

    function New-TrainedModel([string] $Mode, [double] $Dropout = 0, [int] $Epochs = 1) {
        $model = New-SmallModel -InputShape 8 | Add-ClassifierHead -ClassCount 2 -Dropout $Dropout | Set-FreezeMode $Mode
        $null = Invoke-FineTune -Model $model -Dataset $data -BatchSize 8 -Epochs $Epochs -Optimizer Adam -LearningRate 0.05 -WarningAction SilentlyContinue
        $model
    }

    function New-ShoeModel([string] $Mode) {
        $model = New-Backbone resnet20 -InputShape 28 -Weights fashion | Add-ClassifierHead -ClassCount 2 -Pooling Flatten | Set-FreezeMode $Mode
        $null = Invoke-FineTune -Model $model -Dataset $shoes -Epochs 4 -Optimizer Adam -WarningAction SilentlyContinue
        $model
    }
}

Describe 'Test-LearningPhase' {
    It 'says that the trap cannot occur in a model without BatchNorm' {
        $model = New-Backbone vgg16 -InputShape 32 -WarningAction SilentlyContinue | Add-ClassifierHead -ClassCount 2 | Set-FreezeMode Legacy
        $report = Test-LearningPhase -Model $model -Dataset $data
        $report.Verdict | Should -Be 'Consistent'
        $report.Cause | Should -BeLike "*vgg16 has no BatchNorm layer, so the trap can't occur here."
        $report.Shuffles | Should -Be 1
        (Test-LearningPhase -Model $model -Dataset $data -Sensitivity).Sensitivity | Should -BeNullOrEmpty
        $model.Dispose()
    }

    Context 'a model frozen as <Mode>' -ForEach @{ Mode = 'Inference' }, @{ Mode = 'Statistics' } {
        BeforeAll {
            $model = New-TrainedModel -Mode $Mode
            $report = Test-LearningPhase -Model $model -Dataset $data
        }

        It 'has three phases that agree to the last bit' {
            $report.Dynamic | Should -Be $report.Inference
            $report.Training | Should -Be $report.Inference
            $report.TrainingWithoutDropout | Should -Be $report.Inference
            $report.Inference.Count | Should -Be 16
        }

        It 'is consistent, without any gap' {
            $report.PhasesAgree | Should -BeTrue
            $report.NormalizationGap.Accuracy | Should -Be 0
            $report.NormalizationGap.Loss | Should -Be 0
            $report.DropoutGap.Loss | Should -Be 0
            foreach ($interval in $report.NormalizationGap.AccuracyInterval, $report.NormalizationGap.LossInterval) {
                $interval.Lower | Should -Be 0
                $interval.Upper | Should -Be 0
            }
            $report.Shuffles | Should -Be 1
            "$($report.Verdict)" | Should -Be 'Consistent'
            $report.Explanation | Should -BeLike '*agree*'
        }
    }

    Context 'a model under <Mode>, which normalises by the batch in training' -ForEach @(
        @{ Mode = 'None' }
        @{ Mode = 'Legacy' }
        @{ Mode = 'Drifting' }
        @{ Mode = 'LiveBatchNorm' }
    ) {
        It 'has phases that differ, and evaluation takes the inference phase' {
            $report = Test-LearningPhase -Model (New-TrainedModel -Mode $Mode) -Dataset $data
            $report.Training.Loss | Should -Not -Be $report.Inference.Loss
            $report.Dynamic | Should -Be $report.Inference
        }

        It 'is not changed by the test' {
            $model = New-TrainedModel -Mode $Mode
            $before = Get-WeightHash $model
            $null = Test-LearningPhase -Model $model -Dataset $data
            Get-WeightHash $model | Should -Be $before
        }
    }

    Context 'the trap, on a pretrained backbone and two kinds of shoes it never saw' {
        BeforeAll {
            $shoes = Import-ImageDataset "$PSScriptRoot/../../assets/fashion-shoes/train-images-idx3-ubyte.gz"
            $legacy = New-ShoeModel Legacy
            $sound = New-ShoeModel Inference
        }

        It 'shows under Legacy as a gap of at least 0.2 on the same images, with cause and remedy' {
            $report = Test-LearningPhase -Model $legacy -Dataset $shoes
            $report.NormalizationGap.Accuracy | Should -BeGreaterThan 0.2
            $report.PhasesAgree | Should -BeFalse
            "$($report.Verdict)" | Should -Be 'PhaseSkew'
            $report.NormalizationGap.AccuracyInterval.Lower | Should -BeGreaterThan 0.02
            $report.NormalizationGap.AccuracyInterval.Upper | Should -BeGreaterThan $report.NormalizationGap.Accuracy
            $report.Cause | Should -BeLike '*21 of 21 BatchNorm layers (21 of them frozen)*'
            $report.Remedy | Should -BeLike '*Set-FreezeMode Inference*Invoke-FineTune*Repair-BatchNorm -Model $model -Dataset $data*'
            $report.Explanation | Should -Be "$($report.Cause) $($report.Remedy)"
        }

        It 'is gone under Inference, which learns the task' {
            $report = Test-LearningPhase -Model $sound -Dataset $shoes
            $report.PhasesAgree | Should -BeTrue
            $report.Training | Should -Be $report.Inference
            $report.Inference.Accuracy | Should -BeGreaterThan 0.8
        }

        It 'is whether the verdict is one of -Verdict with -Quiet: <Expected> for <Verdict>' -ForEach @(
            @{ Verdict = 'Consistent'; Expected = $false }
            @{ Verdict = 'PhaseSkew'; Expected = $true }
            @{ Verdict = 'Both', 'PhaseSkew'; Expected = $true }
        ) {
            Test-LearningPhase -Model $legacy -Dataset $shoes -Quiet -Verdict $Verdict | Should -Be $Expected
        }

        It 'refuses -Verdict without -Quiet' {
            $fault = Get-Fault { Test-LearningPhase -Model $sound -Dataset $shoes -Verdict Consistent }
            $fault.Exception.Message | Should -BeLike '-Verdict needs -Quiet*'
        }

        It 'is one bool with -Quiet: <Expected> for <Name>' -ForEach @{ Name = 'legacy'; Expected = $false }, @{ Name = 'sound'; Expected = $true } {
            $answer = Test-LearningPhase -Model ($Name -eq 'legacy' ? $legacy : $sound) -Dataset $shoes -Quiet
            $answer | Should -BeOfType ([bool])
            $answer | Should -Be $Expected
        }

        It 'is not cured by a change of mode after training, and the report still tells what evaluation gives' {
            $copy = Copy-TransferModel $legacy | Set-FreezeMode Inference
            $after = Test-LearningPhase -Model $copy -Dataset $shoes
            $before = Test-LearningPhase -Model $legacy -Dataset $shoes
            $after.Inference | Should -Be $before.Inference
            $after.Training | Should -Be $before.Inference
            $copy.Dispose()
        }
    }

    Context 'gaps' {
        It 'splits the gap that people see into three' {
            $report = Test-LearningPhase -Model (New-TrainedModel -Mode Legacy -Dropout 0.5) -Dataset $data -ValidationDataset $swapped
            foreach ($metric in 'Accuracy', 'Loss') {
                $sum = $report.NormalizationGap.$metric + $report.DropoutGap.$metric + $report.GeneralizationGap.$metric
                [Math]::Abs($report.TotalGap.$metric - $sum) | Should -BeLessThan 1e-12
                [Math]::Abs($report.TotalGap.$metric - ($report.Training.$metric - $report.Validation.$metric)) | Should -BeLessThan 1e-12
                $report.NormalizationGap.$metric | Should -Be ($report.TrainingWithoutDropout.$metric - $report.Inference.$metric)
                $report.GeneralizationGap.$metric | Should -Be ($report.Inference.$metric - $report.Validation.$metric)
                foreach ($gap in 'NormalizationGap', 'DropoutGap', 'GeneralizationGap', 'TotalGap') {
                    $report.$gap."${metric}Interval".Lower | Should -BeLessOrEqual $report.$gap.$metric
                    $report.$gap."${metric}Interval".Upper | Should -BeGreaterOrEqual $report.$gap.$metric
                }
            }
        }

        It 'has no generalisation gap against the same images, imported twice or not' {
            $model = New-TrainedModel -Mode Legacy
            foreach ($same in $data, (Import-ImageDataset "$TestDrive/pets")) {
                $report = Test-LearningPhase -Model $model -Dataset $data -ValidationDataset $same -Steps 1 -BatchSize 12
                $report.GeneralizationGap.Accuracy | Should -Be 0
                $report.GeneralizationGap.Loss | Should -Be 0
                $report.GeneralizationGap.LossInterval.Upper | Should -Be 0
                $report.Validation.Count | Should -Be 12
            }
        }

        It 'has neither generalisation gap nor total without validation images' {
            $report = Test-LearningPhase -Model (New-TrainedModel -Mode Inference) -Dataset $data
            $report.Validation | Should -BeNullOrEmpty
            $report.GeneralizationGap | Should -BeNullOrEmpty
            $report.TotalGap | Should -BeNullOrEmpty
        }

        It 'doesn''t blame dropout on normalisation' {
            $report = Test-LearningPhase -Model (New-TrainedModel -Mode Inference -Dropout 0.5) -Dataset $data
            $report.Training.Loss | Should -Not -Be $report.Inference.Loss
            $report.DropoutGap.Loss | Should -Not -Be 0
            $report.NormalizationGap.Loss | Should -Be 0
            $report.PhasesAgree | Should -BeTrue
        }

        It 'calls a gap to validation images overfitting when the phases agree' {
            $model = New-TrainedModel -Mode Inference -Epochs 30
            $report = Test-LearningPhase -Model $model -Dataset $data -ValidationDataset $swapped
            $report.Inference.Accuracy | Should -BeGreaterThan 0.9
            $report.Validation.Accuracy | Should -BeLessThan 0.1
            "$($report.Verdict)" | Should -Be 'Overfit'
            $report.PhasesAgree | Should -BeTrue
            $report.Explanation | Should -BeLike "*isn't the cause*-Augmentation*"
        }
    }

    Context 'its parameters' {
        It 'judges by -Tolerance' {
            $model = New-TrainedModel -Mode Inference
            (Test-LearningPhase -Model $model -Dataset $data).Tolerance | Should -Be 0.02
            Test-LearningPhase -Model $model -Dataset $data -Tolerance 0 -Quiet | Should -BeTrue
            $trapped = New-TrainedModel -Mode Legacy -Epochs 10
            $gap = [Math]::Abs((Test-LearningPhase -Model $trapped -Dataset $data).NormalizationGap.Accuracy)
            $gap | Should -BeGreaterThan 0.02
            Test-LearningPhase -Model $trapped -Dataset $data -Quiet | Should -BeFalse
            Test-LearningPhase -Model $trapped -Dataset $data -Tolerance $gap -Quiet | Should -BeTrue
        }

        It 'takes -Steps batches of -BatchSize images per phase' {
            $report = Test-LearningPhase -Model (New-TrainedModel -Mode Inference) -Dataset $data -BatchSize 5 -Steps 2
            $report.Inference.Count | Should -Be 10
            $report.Training.Count | Should -Be 10
        }

        It 'gives the same report again with the same -Seed, and other batches with another' {
            $model = New-TrainedModel -Mode Legacy -Dropout 0.5
            $first = Test-LearningPhase -Model $model -Dataset $data -BatchSize 8 -Seed 1
            (Test-LearningPhase -Model $model -Dataset $data -BatchSize 8 -Seed 1).Training | Should -Be $first.Training
            (Test-LearningPhase -Model $model -Dataset $data -BatchSize 8 -Seed 2).Training | Should -Not -Be $first.Training
        }

        It 'gives what Measure-TransferModel gives, phase by phase' {
            $model = New-TrainedModel -Mode Legacy -Dropout 0.5
            $report = Test-LearningPhase -Model $model -Dataset $data -Seed 5 -Shuffles 1
            foreach ($phase in 'Dynamic', 'Inference', 'Training') {
                $measured = Measure-TransferModel -Model $model -Dataset $data -Phase $phase -Seed 5
                $report.$phase.Loss | Should -Be $measured.Loss
                $report.$phase.Accuracy | Should -Be $measured.Accuracy
            }
        }

        It 'averages the training phase over -Shuffles orders' {
            $model = New-TrainedModel -Mode Legacy
            (Test-LearningPhase -Model $model -Dataset $data -BatchSize 8).Shuffles | Should -Be 3
            $five = Test-LearningPhase -Model $model -Dataset $data -BatchSize 8 -Shuffles 5
            $five.Shuffles | Should -Be 5
            $five.Training.Count | Should -Be 16
        }

        It 'tells with -Sensitivity what batch size and company do' {
            $model = New-TrainedModel -Mode Legacy
            (Test-LearningPhase -Model $model -Dataset $data).Sensitivity | Should -BeNullOrEmpty
            $rows = (Test-LearningPhase -Model $model -Dataset $data -Sensitivity -Shuffles 2).Sensitivity
            @($rows[0]) | Should -HaveCount 1
            $rows.BatchSize | Should -Be 4, 8, 16
            $rows.Shuffles | Should -Be 2, 2, 2
            $rows | ForEach-Object { $_.Spread | Should -Be ($_.Highest - $_.Lowest) }
        }

        It 'works for one logit' {
            $model = New-SmallModel -InputShape 8 -ClassCount 1 | Set-FreezeMode Inference
            $report = Test-LearningPhase -Model $model -Dataset $data
            $report.Training | Should -Be $report.Inference
        }
    }

    Context 'bad input' {
        It 'asks for images when it has none' {
            $fault = Get-Fault { Test-LearningPhase -Model (New-SmallModel -ClassCount 2 -InputShape 8) }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.TestLearningPhase'
            $fault.Exception.Message | Should -BeLike '-Dataset is needed*'
        }

        It 'refuses -<Parameter> <Value>' -ForEach @(
            @{ Parameter = 'Tolerance'; Value = [double]::NaN }
            @{ Parameter = 'Tolerance'; Value = -0.1 }
            @{ Parameter = 'BatchSize'; Value = 0 }
            @{ Parameter = 'Steps'; Value = 0 }
            @{ Parameter = 'Shuffles'; Value = 0 }
        ) {
            $arguments = @{ $Parameter = $Value }
            $fault = Get-Fault { Test-LearningPhase -Model (New-SmallModel -ClassCount 2 -InputShape 8) -Dataset $data @arguments }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike "*-$Parameter must be*not $Value*"
        }

        It 'refuses a batch of one value per channel where the batch would be normalised by itself' {
            $model = New-Backbone resnet18 -InputShape 32 -WarningAction SilentlyContinue | Add-ClassifierHead -ClassCount 2 | Set-FreezeMode Legacy
            $fault = Get-Fault { Test-LearningPhase -Model $model -Dataset $data -BatchSize 5 }
            $fault.Exception.Message | Should -BeLike '*single value*-BatchSize*'
            $model.Dispose()
        }

        It 'refuses a model without a head' {
            $fault = Get-Fault { Test-LearningPhase -Model (New-SmallModel -InputShape 8) -Dataset $data }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
            $fault.Exception.Message | Should -BeLike '*no head*Add-ClassifierHead*'
        }

        It 'refuses a disposed model' {
            $model = New-SmallModel -ClassCount 2 -InputShape 8
            $model.Dispose()
            $fault = Get-Fault { Test-LearningPhase -Model $model -Dataset $data }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
            $fault.Exception.Message | Should -BeLike '*disposed*'
        }

        It 'refuses a head for other classes' {
            $fault = Get-Fault { Test-LearningPhase -Model (New-SmallModel -ClassCount 5 -InputShape 8) -Dataset $data }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike '*ClassCount 5*has 2*'
        }
    }
}
