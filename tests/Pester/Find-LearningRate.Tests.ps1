BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-IdxFolder "$TestDrive/idx" -Label ((0, 5) * 8) -Side 8
    $data = Import-ImageDataset "$TestDrive/idx" -Class 0, 5
}

Describe 'Find-LearningRate' {
    It 'sweeps evenly on a logarithmic scale, and leaves the model as it was' {
        $model = New-SmallModel -ClassCount 2 -InputShape 8 | Set-FreezeMode Inference
        $weights = Get-WeightHash $model
        $sweep = $model | Find-LearningRate -Dataset $data -BatchSize 8 -Minimum 1e-4 -Maximum 1 -Steps 21
        Get-WeightHash $model | Should -Be $weights
        $model.History | Should -HaveCount 0
        $sweep.Points[0].LearningRate | Should -Be 1e-4
        [Math]::Abs($sweep.Points[5].LearningRate - 1e-3) | Should -BeLessThan 1e-12
        $sweep.Points[0].SmoothedLoss | Should -BeGreaterThan 0
        $sweep.Suggestion | Should -BeGreaterThan 1e-5
    }

    It 'draws the loss over the rate, and refuses a taken name before any step' {
        $chart = "$TestDrive/rates.svg"
        $arguments = @{ Dataset = $data; BatchSize = 8; Minimum = 1e-4; Maximum = 1; Steps = 21; ChartPath = $chart }
        $model = New-SmallModel -ClassCount 2 -InputShape 8 | Set-FreezeMode Inference
        $sweep = $model | Find-LearningRate @arguments
        $svg = [xml] [System.IO.File]::ReadAllText($chart)
        $svg.svg.title | Should -Be ([string]::Format([cultureinfo]::InvariantCulture, 'Loss over the learning rate, suggested: {0:0.0e+0}', $sweep.Suggestion))
        @($svg.GetElementsByTagName('ellipse')).Count | Should -BeGreaterThan 10
        (Get-Fault { $arguments.Steps = 9; $model | Find-LearningRate @arguments }).Exception.Message | Should -BeLike '*rates.svg*'
        $arguments.Steps = 21
        $null = $model | Find-LearningRate @arguments -Force
    }

    It 'refuses -<Parameter> <Value>' -ForEach @(
        @{ Parameter = 'Minimum'; Value = 0 }
        @{ Parameter = 'Maximum'; Value = 1e-9 }
        @{ Parameter = 'Steps'; Value = 9 }
        @{ Parameter = 'BatchSize'; Value = 0 }
    ) {
        $arguments = @{ $Parameter = $Value }
        $fault = Get-Fault { New-SmallModel -ClassCount 2 -InputShape 8 | Find-LearningRate -Dataset $data @arguments }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.FindLearningRate'
        $fault.Exception.Message | Should -BeLike "-$Parameter must be *"
    }
}
