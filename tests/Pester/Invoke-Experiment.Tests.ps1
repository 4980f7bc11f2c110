BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-IdxFolder "$TestDrive/idx" -Label ((0, 5) * 8) -Side 8
    New-IdxFolder "$TestDrive/unseen" -Label ((0, 5) * 3) -Side 8 -Seed 2
    [System.IO.File]::WriteAllText("$TestDrive/x.yml", @'
seed: 3
data:
  path: idx
  class: [0, 5]
  validation: { path: unseen, class: [0, 5] }
backbone: { name: resnet20, inputShape: 8 }
head: { classCount: 2, dropout: 0.5 }
freeze: { mode: Legacy }
train: { epochs: 2, batchSize: 8, optimizer: Adam, classWeight: Auto, augmentation: Flip }
evaluate: { learningPhase: { shuffles: 1 } }
'@)
    $quiet = @{ WarningAction = 'SilentlyContinue' }
}

Describe 'Invoke-Experiment' {
    It 'gives what the cmdlets give with the same settings, to the last bit' {
        $result = Invoke-Experiment "$TestDrive/x.yml" @quiet
        $result | Should -BeOfType ([PSTransfer.ExperimentResult])

        $data = Import-ImageDataset "$TestDrive/idx" -Class 0, 5 -Seed 3
        $unseen = Import-ImageDataset "$TestDrive/unseen" -Class 0, 5 -Seed 3
        $model = New-Backbone resnet20 -InputShape 8 -Seed 3 @quiet | Add-ClassifierHead -ClassCount 2 -Dropout 0.5 -Seed 3 | Set-FreezeMode Legacy
        $run = $model | Invoke-FineTune -Dataset $data -ValidationDataset $unseen -Epochs 2 -BatchSize 8 -Optimizer Adam -ClassWeight Auto -Augmentation Flip -Seed 3 @quiet

        $result.History.Loss | Should -Be $run.History.Loss
        Get-WeightHash $result.Model | Should -Be (Get-WeightHash $model)
        $result.Measurement.Loss | Should -Be (Measure-TransferModel -Model $model -Dataset $unseen -Seed 3).Loss
        "$($result.LearningPhase)" | Should -Be "$($run | Test-LearningPhase -Shuffles 1 -Seed 3)"
        $result.FineTuneResult | Should -BeOfType ([PSTransfer.FineTuneResult])
        $result.Skipped | Should -BeFalse
        $result.Folder | Should -BeNullOrEmpty
    }

    It 'gives a result for each combination, with its values' {
        $results = Invoke-Experiment "$TestDrive/x.yml" -Set 'matrix={ freeze.mode: [Legacy, Inference], train.seed: [1, 2] }', train.epochs=1, evaluate.learningPhase=false @quiet
        $results.Name | Should -Be 'x-mode-Legacy-seed-1', 'x-mode-Legacy-seed-2', 'x-mode-Inference-seed-1', 'x-mode-Inference-seed-2'
        $results.Number | Should -Be 1, 2, 3, 4
        $results[3].Values['freeze.mode'] | Should -Be 'Inference'
        $results[3].Values['train.seed'] | Should -Be 2
        $results.Model.FreezeMode | Should -Be 'Legacy', 'Legacy', 'Inference', 'Inference'
        $results[0].LearningPhase | Should -BeNullOrEmpty
    }

    It 'skips what is stored, says so, and runs it again with -Force' {
        $arguments = @{ Path = "$TestDrive/x.yml"; Set = 'output=results', 'matrix={ seed: [1, 2] }' }
        $first = Invoke-Experiment @arguments @quiet
        $first.Skipped | Should -Be $false, $false
        $second = Invoke-Experiment @arguments -Verbose 4>&1
        @($second | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] -and "$_" -like 'x-seed-1: run before*' }) | Should -HaveCount 1
        $second = @($second | Where-Object { $_ -is [PSTransfer.ExperimentResult] })
        $second.Skipped | Should -Be $true, $true
        $second.Folder | Should -Be $first.Folder
        $second.Measurement.Loss | Should -Be $first.Measurement.Loss
        $second[0].Measurement.ConfusionMatrix[0][0] | Should -Be $first[0].Measurement.ConfusionMatrix[0][0]
        $second[1].LearningPhase.TotalGap | Should -Be $first[1].LearningPhase.TotalGap
        "$($second[1].LearningPhase.Verdict)" | Should -Be "$($first[1].LearningPhase.Verdict)"
        $second[0].Model | Should -BeNullOrEmpty
        (Invoke-Experiment @arguments -Force @quiet).Skipped | Should -Be $false, $false

        $repeated = Invoke-Experiment "$($first[1].Folder)/experiment.yml" @quiet
        $repeated.Name | Should -Be $first[1].Name
        $repeated.Measurement.Loss | Should -Be $first[1].Measurement.Loss
        $repeated.Record.DataHash | Should -Be $first[1].Record.DataHash
    }

    It 'refuses a file with errors before any work, all of them at once' {
        $fault = Get-Fault { Invoke-Experiment "$TestDrive/x.yml" -Set train.epochs=0, head.classCount=7, output=refused, 'matrix={ seed: [1, 2] }' }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidData,PSTransfer.Commands.InvokeExperiment'
        $fault.Exception.Message | Should -BeLike '*train.epochs: must be at least 1*'
        "$TestDrive/refused" | Should -Not -Exist
        (Get-Fault { Invoke-Experiment "$TestDrive/x.yml" -Set head.classCount=7 }).Exception.Message | Should -BeLike '*head.classCount: *7 classes*'
    }

    It 'names the runs with -WhatIf and does nothing' {
        Invoke-Experiment "$TestDrive/x.yml" -Set output=wanted, 'matrix={ seed: [1, 2] }' -WhatIf | Should -BeNullOrEmpty
        "$TestDrive/wanted" | Should -Not -Exist
    }

    It 'does not name with -WhatIf what was run before' {
        $stored = Invoke-Experiment "$TestDrive/x.yml" -Set output=partly, 'matrix={ seed: [1] }', evaluate.learningPhase=false @quiet
        $set = "output=partly, 'matrix={ seed: [1, 2] }', evaluate.learningPhase=false"
        $process = Invoke-NewProcess "Import-Module '$([System.IO.Path]::GetFullPath("$PSScriptRoot/../../PSTransfer.psd1"))'; Invoke-Experiment '$TestDrive/x.yml' -Set $set -WhatIf | ForEach-Object Folder"
        $process.Error | Should -BeNullOrEmpty
        $process.Output | Should -BeLike '*Train 2 epochs, run 2 of 2*x-seed-2*'
        $process.Output | Should -Not -BeLike '*run 1 of 2*'
        $process.Output | Should -BeLike "*$($stored.Folder)*" -Because 'what is stored is passed on all the same'
    }

    It 'goes on with the others after a run that fails' {
        $results = Invoke-Experiment "$TestDrive/x.yml" -Set 'matrix={ train.learningRate: [3.0e+38, 0.001] }', train.optimizer=SGD -ErrorAction SilentlyContinue -ErrorVariable faults @quiet
        $results | Should -HaveCount 1
        $results.Number | Should -Be 2
        $faults | Should -HaveCount 1
        $faults[0].FullyQualifiedErrorId | Should -Be 'Diverged,PSTransfer.Commands.InvokeExperiment'
    }

    It 'binds to the cmdlets that take a model and its data' {
        $result = Invoke-Experiment "$TestDrive/x.yml" -Set evaluate.learningPhase=false @quiet
        ($result | Test-LearningPhase -Shuffles 1).Inference.Count | Should -Be 16
    }

    It 'repeats a stored run with files of its own' {
        $files = 'train.checkpointPath="files/{run}/c"', 'train.logPath="files/{run}/log"', 'train.tensorBoardPath="files/{run}/events"', 'evaluate.save="files/{run}/m.safetensors"'
        $stored = Invoke-Experiment "$TestDrive/x.yml" -Set (@('output=kept', 'evaluate.learningPhase=false') + $files) @quiet
        $again = Invoke-Experiment "$($stored.Folder)/experiment.yml" @quiet
        $again.Measurement.Loss | Should -Be $stored.Measurement.Loss
        [System.IO.Directory]::GetFiles("$TestDrive/files", 'm.safetensors', 'AllDirectories') | Should -HaveCount 2
        (Test-Experiment "$TestDrive/x.yml" -Set output=x.yml).Errors.Key | Should -Be 'output'
    }

    It 'runs again where the model is gone, and says so' {
        $arguments = @{ Path = "$TestDrive/x.yml"; Set = 'output=models', 'evaluate.learningPhase=false', 'evaluate.save="models/{run}/m.safetensors"' }
        $first = Invoke-Experiment @arguments @quiet
        (Invoke-Experiment @arguments @quiet).Skipped | Should -BeTrue
        [System.IO.File]::Delete("$($first.Folder)/m.safetensors")
        $again = Invoke-Experiment @arguments -WarningVariable warnings @quiet
        $again.Skipped | Should -BeFalse
        @($warnings) -like '*m.safetensors any more: it is run again.' | Should -HaveCount 1
    }

    It 'saves the model' {
        $result = Invoke-Experiment "$TestDrive/x.yml" -Set evaluate.save=model.safetensors @quiet
        Get-WeightHash (Import-TransferModel "$TestDrive/model.safetensors") | Should -Be (Get-WeightHash $result.Model)
    }

    It 'stops with the pipeline' {
        $state = [initialsessionstate]::CreateDefault2()
        $state.ImportPSModule([string[]] @("$PSScriptRoot/../../PSTransfer.psd1"))
        $shell = [powershell]::Create($state)
        $null = $shell.AddScript("Invoke-Experiment '$TestDrive/x.yml' -Set train.epochs=1000000, output=stopped -WarningAction SilentlyContinue -Verbose")
        $running = $shell.BeginInvoke()
        while (-not ($shell.Streams.Verbose | Where-Object { "$_" -like '*Epoch 1:*' })) { [System.Threading.Thread]::Yield() | Out-Null }
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        [System.IO.Directory]::GetFiles("$TestDrive/stopped", '*', 'AllDirectories') | Should -HaveCount 0
        $shell.Dispose()
    }
}
