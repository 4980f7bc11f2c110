BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-IdxFolder "$TestDrive/data" -Label (@(0) * 12 + @(5) * 12) -Side 16
    $data = Import-ImageDataset "$TestDrive/data" -Class 0, 5
    $model = New-SmallModel 2
    $run = $model | Set-FreezeMode Legacy | Invoke-FineTune -Dataset $data -BatchSize 8 -Optimizer Adam -WarningAction SilentlyContinue
}

Describe 'Export-TrainingReport' {
    It 'writes one page about a run, gives the file back, and changes nothing in the model' {
        $before = Get-WeightHash $model
        $folder = "$TestDrive/one"
        $null = [System.IO.Directory]::CreateDirectory($folder)
        $file = $run | Export-TrainingReport "$folder/report.html" -BatchSize 8 -Attribution Layer
        $file | Should -BeOfType 'System.IO.FileInfo'
        $file.FullName | Should -BeExactly ([System.IO.Path]::GetFullPath("$folder/report.html"))
        [System.IO.Directory]::GetFileSystemEntries($folder) | Should -HaveCount 1
        $html = [System.IO.File]::ReadAllText($file.FullName)
        $html | Should -BeLike '<!DOCTYPE html>*</html>*'
        $html | Should -BeLike '*Accuracy if swapped*'
        $html | Should -BeLike '*Invoke-FineTune -Dataset $training -Epochs 1 -BatchSize 8 -Optimizer Adam -LearningRate 0.001 -Seed 42*'
        Get-WeightHash $model | Should -BeExactly $before
    }

    It 'has the figures of Test-LearningPhase, under the same names' {
        $file = $run | Export-TrainingReport "$TestDrive/figures.json" -Format Json -BatchSize 8 -Seed 7 -Tolerance 0.5
        $document = [System.Text.Json.JsonDocument]::Parse([System.IO.File]::ReadAllText($file.FullName))
        $phases = $document.RootElement.GetProperty('LearningPhase')
        $test = $run | Test-LearningPhase -BatchSize 8 -Seed 7 -Tolerance 0.5
        $phases.GetProperty('Inference').GetProperty('Loss').GetDouble() | Should -Be $test.Inference.Loss
        $phases.GetProperty('Training').GetProperty('Accuracy').GetDouble() | Should -Be $test.Training.Accuracy
        $phases.GetProperty('Tolerance').GetDouble() | Should -Be 0.5
        $document.RootElement.GetProperty('Options').GetProperty('BatchSize').GetInt32() | Should -Be 8
        $document.RootElement.GetProperty('History').GetArrayLength() | Should -Be 1
    }

    It 'takes a model with its images' {
        $file = Export-TrainingReport -InputObject $model -Path "$TestDrive/model.html" -Dataset $data -ValidationDataset $data -BatchSize 8
        [System.IO.File]::ReadAllText($file.FullName) | Should -BeLike '*Generalisation*'
    }

    It 'takes rows of Compare-FreezeMode, all of a pipeline in one report' {
        $rows = @($model | Compare-FreezeMode -Dataset $data -Mode Legacy, Inference -BatchSize 8 -WarningAction SilentlyContinue)
        $file = $rows | Export-TrainingReport "$TestDrive/modes.md" -Format Markdown
        $text = [System.IO.File]::ReadAllText($file.FullName)
        $text | Should -BeLike '*| Legacy | None |*| Inference | None |*'
        $text | Should -BeLike '*](modes-modes.svg)*'
        [System.IO.File]::ReadAllText("$TestDrive/modes-modes.svg") | Should -BeLike '<svg*'
        (Export-TrainingReport -InputObject $rows -Path "$TestDrive/modes.html").Length | Should -BeGreaterThan 5000
    }

    It 'says so where there is no BatchNorm' {
        $plain = New-Backbone vgg16 -InputShape 32 -WarningAction SilentlyContinue | Add-ClassifierHead 2
        New-IdxFolder "$TestDrive/plain" -Label (@(0) * 2 + @(5) * 2) -Side 32
        $file = $plain | Export-TrainingReport "$TestDrive/plain.html" -Dataset (Import-ImageDataset "$TestDrive/plain" -Class 0, 5)
        $html = [System.IO.File]::ReadAllText($file.FullName)
        $html | Should -BeLike '*vgg16 has no BatchNorm layer*'
        $html | Should -Not -BeLike '*Drift by depth*'
    }

    It 'takes the path literally: <_>' -ForEach 'report[1].html', 'Köpek 猫.html' {
        $null = $run | Export-TrainingReport "$TestDrive/$_" -BatchSize 8
        [System.IO.File]::Exists("$TestDrive/$_") | Should -BeTrue
    }

    It 'writes nothing with -WhatIf, and gives nothing' {
        $run | Export-TrainingReport "$TestDrive/whatif.html" -WhatIf | Should -BeNullOrEmpty
        [System.IO.File]::Exists("$TestDrive/whatif.html") | Should -BeFalse
    }

    It 'does not replace a file without -Force' {
        $path = "$TestDrive/there.html"
        [System.IO.File]::WriteAllText($path, 'precious')
        $fault = Get-Fault { $run | Export-TrainingReport $path }
        $fault.FullyQualifiedErrorId | Should -Be 'AlreadyExists,PSTransfer.Commands.ExportTrainingReport'
        [System.IO.File]::ReadAllText($path) | Should -BeExactly 'precious'
        ($run | Export-TrainingReport $path -Force -BatchSize 8).Length | Should -BeGreaterThan 5000
    }

    Context 'Bad input' {
        It 'needs images with a model' {
            $fault = Get-Fault { $model | Export-TrainingReport "$TestDrive/no.html" }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.ExportTrainingReport'
            $fault.Exception.Message | Should -BeLike '-Dataset is needed*'
        }

        It 'refuses other objects' {
            $fault = Get-Fault { 42 | Export-TrainingReport "$TestDrive/no.html" }
            $fault.TargetObject | Should -Be 'InputObject'
            $fault.Exception.Message | Should -BeLike '*Invoke-FineTune, a model, or rows of Compare-FreezeMode, not Int32*'
        }

        It 'refuses a folder that is not there' {
            (Get-Fault { $run | Export-TrainingReport "$TestDrive/none/report.html" }).FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
        }
    }
}
