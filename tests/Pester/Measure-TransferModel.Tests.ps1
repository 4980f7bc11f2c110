BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"

    New-ImageFolder "$TestDrive/abc" -Class a, b, c -Count 6 -Height 8 -Width 8
    $data = Import-ImageDataset "$TestDrive/abc"
    $model = New-SmallModel -ClassCount 3 -InputShape 8 | Set-FreezeMode Legacy
    $null = Invoke-FineTune -Model $model -Dataset $data -BatchSize 6 -Optimizer Adam -LearningRate 0.02 -WarningAction SilentlyContinue
}

Describe 'Measure-TransferModel' {
    Context 'beside predictions made file by file' {
        BeforeAll {
            $measured = Measure-TransferModel -Model $model -Dataset $data
            $answers = foreach ($actual in 'a', 'b', 'c') {
                Invoke-Prediction -Model $model -Path "$TestDrive/abc/$actual/*.bmp" | ForEach-Object {
                    [pscustomobject] @{ Actual = $actual; Predicted = $_.Class; OfActual = $_.Probabilities[$actual] }
                }
            }
        }

        It 'has the same accuracy and loss' {
            $measured.Count | Should -Be 18
            $measured.Accuracy | Should -Be (@($answers | Where-Object { $_.Actual -eq $_.Predicted }).Count / 18)
            $sum = 0
            foreach ($answer in $answers) { $sum -= [Math]::Log($answer.OfActual) }
            [Math]::Abs($measured.Loss - $sum / 18) | Should -BeLessThan 1e-5
        }

        It 'has the same areas under ROC curves, counted pair by pair' {
            $areas = foreach ($class in 'a', 'b', 'c') {
                $scores = @{ $true = @(); $false = @() }
                foreach ($actual in 'a', 'b', 'c') {
                    $scores[$actual -eq $class] += @(Invoke-Prediction -Model $model -Path "$TestDrive/abc/$actual/*.bmp" | ForEach-Object { $_.Probabilities[$class] })
                }
                $sum = 0
                foreach ($one in $scores[$true]) { foreach ($other in $scores[$false]) { $sum += $one -gt $other ? 1 : $one -eq $other ? 0.5 : 0 } }
                $sum / ($scores[$true].Count * $scores[$false].Count)
            }
            [Math]::Abs($measured.Auc - ($areas[0] + $areas[1] + $areas[2]) / 3) | Should -BeLessThan 1e-12
        }

        It 'names as many classes as -Top says' {
            (Measure-TransferModel -Model $model -Dataset $data -Top 1).TopAccuracy | Should -Be $measured.Accuracy
            $measured.Top | Should -Be 5
            $measured.TopAccuracy | Should -Be 1 -Because 'there are three classes'
            $measured.CalibrationError | Should -BeGreaterThan 0
            $measured.CalibrationError | Should -BeLessThan 1
            (Get-Fault { Measure-TransferModel -Model $model -Dataset $data -Top 0 }).Exception.Message | Should -BeLike '-Top must be at least 1, not 0.'
        }

        It 'has the same confusion matrix: rows are true classes, columns predicted ones' {
            $expected = foreach ($actual in 'a', 'b', 'c') {
                foreach ($predicted in 'a', 'b', 'c') { @($answers | Where-Object { $_.Actual -eq $actual -and $_.Predicted -eq $predicted }).Count }
            }
            @($measured.ConfusionMatrix | ForEach-Object { $_ }) | Should -Be $expected
        }

        It 'has the same precision, recall and F1 for <Class>' -ForEach @{ Class = 'a' }, @{ Class = 'b' }, @{ Class = 'c' } {
            $row = $measured.Classes | Where-Object Class -EQ $Class
            $right = @($answers | Where-Object { $_.Actual -eq $Class -and $_.Predicted -eq $Class }).Count
            $predicted = @($answers | Where-Object Predicted -EQ $Class).Count
            $precision = $predicted ? $right / $predicted : 0
            $recall = $right / 6
            $row.Count | Should -Be 6
            [Math]::Abs($row.Precision - $precision) | Should -BeLessThan 1e-12
            [Math]::Abs($row.Recall - $recall) | Should -BeLessThan 1e-12
            [Math]::Abs($row.F1 - ($right ? 2 * $precision * $recall / ($precision + $recall) : 0)) | Should -BeLessThan 1e-12
        }
    }

    It 'lists the classes in label order' {
        (Measure-TransferModel -Model $model -Dataset $data).Classes.Class | Should -Be 'a', 'b', 'c'
        (Measure-TransferModel -Model $model -Dataset $data).Classes[1].Class | Should -Be 'b'
    }

    It 'takes the inference phase unless told otherwise' {
        $dynamic = Measure-TransferModel -Model $model -Dataset $data
        "$($dynamic.Phase)" | Should -Be 'Dynamic'
        (Measure-TransferModel -Model $model -Dataset $data -Phase Inference).Loss | Should -Be $dynamic.Loss
        (Measure-TransferModel -Model $model -Dataset $data -Phase Training).Loss | Should -Not -Be $dynamic.Loss
    }

    It 'gives the same loss whatever the batch size in the inference phase' {
        $one = Measure-TransferModel -Model $model -Dataset $data -BatchSize 1
        $all = Measure-TransferModel -Model $model -Dataset $data -BatchSize 18
        $one.Accuracy | Should -Be $all.Accuracy
        [Math]::Abs($one.Loss - $all.Loss) | Should -BeLessThan 1e-5
    }

    It 'changes nothing in the model, in the training phase either' {
        $drifting = Copy-TransferModel $model | Set-FreezeMode Drifting
        $before = Get-WeightHash $drifting
        $null = Measure-TransferModel -Model $drifting -Dataset $data -Phase Training
        Get-WeightHash $drifting | Should -Be $before
        $drifting.Dispose()
    }

    It 'measures one logit as two classes' {
        New-ImageFolder "$TestDrive/pets" -Count 2 -Height 8 -Width 8
        $measured = Measure-TransferModel -Model (New-SmallModel -ClassCount 1 -InputShape 8) -Dataset (Import-ImageDataset "$TestDrive/pets")
        $measured.Classes.Class | Should -Be 'cat', 'dog'
        @($measured.ConfusionMatrix | ForEach-Object { $_ }) | Should -HaveCount 4
    }

    It 'takes the model from the pipeline' {
        ($model | Measure-TransferModel -Dataset $data).Count | Should -Be 18
    }

    Context 'bad input' {
        It 'refuses -BatchSize 0 in the <Phase> phase' -ForEach @{ Phase = 'Inference' }, @{ Phase = 'Training' } {
            $fault = Get-Fault { Measure-TransferModel -Model $model -Dataset $data -Phase $Phase -BatchSize 0 }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.MeasureTransferModel'
            $fault.Exception.Message | Should -BeLike '*-BatchSize must be at least 1*'
        }

        It 'refuses a head for another number of classes' {
            $fault = Get-Fault { Measure-TransferModel -Model (New-SmallModel -ClassCount 2 -InputShape 8) -Dataset $data }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike '*ClassCount 2*has 3 (a, b, c)*'
        }

        It 'refuses classes other than those it was trained for' {
            New-ImageFolder "$TestDrive/xyz" -Class x, y, z -Count 1 -Height 8 -Width 8
            $fault = Get-Fault { Measure-TransferModel -Model $model -Dataset (Import-ImageDataset "$TestDrive/xyz") }
            $fault.Exception.Message | Should -BeLike "*'xyz' has classes that the model was not trained for: x, y, z. The model knows a, b, c.*which forgets*"
        }

        It 'measures some of the classes, in any order, by their names' {
            $whole = Measure-TransferModel -Model $model -Dataset $data
            $part = Measure-TransferModel -Model $model -Dataset (Import-ImageDataset $data.Source -Class c, a)
            $part.Classes.Class | Should -Be 'a', 'b', 'c'
            $part.Classes.Count | Should -Be 3
            $part.ConfusionMatrix[0] | Should -Be $whole.ConfusionMatrix[0]
            $part.ConfusionMatrix[1] | Should -Be 0, 0, 0
            $part.ConfusionMatrix[2] | Should -Be $whole.ConfusionMatrix[2]
        }

        It 'refuses a model without a head' {
            (Get-Fault { Measure-TransferModel -Model (New-SmallModel -InputShape 8) -Dataset $data }).FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
        }

        It 'refuses a disposed model' {
            $gone = Copy-TransferModel $model
            $gone.Dispose()
            $fault = Get-Fault { Measure-TransferModel -Model $gone -Dataset $data }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
            $fault.Exception.Message | Should -BeLike '*disposed*'
        }
    }
}
