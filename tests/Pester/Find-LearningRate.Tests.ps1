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

    It 'refuses a chart of <Name> before any step' -ForEach @(
        @{ Name = 'another format'; File = 'rates.png'; Message = "-ChartPath is written as SVG and needs a name that ends in .svg, not 'rates.png'." }
        @{ Name = 'a folder that is missing'; File = 'none/rates.svg'; Message = "*the folder *none doesn't exist; create it first." }
        @{ Name = 'a name that is too long'; File = ('x' * 300 + '.svg'); Message = '*is too long*' }
    ) {
        # What is wrong with -Steps is told when the sweep begins.
        $fault = Get-Fault { New-SmallModel -ClassCount 2 -InputShape 8 | Find-LearningRate -Dataset $data -Steps 9 -ChartPath "$TestDrive/$File" }
        $fault.Exception.Message | Should -BeLike $Message
    }

    It 'does nothing with -WhatIf' {
        New-SmallModel -ClassCount 2 -InputShape 8 | Find-LearningRate -Dataset $data -Steps 10 -ChartPath "$TestDrive/whatif.svg" -FeatureCache "$TestDrive/whatif" -WhatIf | Should -BeNullOrEmpty
        [System.IO.Directory]::GetFileSystemEntries($TestDrive, 'whatif*') | Should -HaveCount 0
    }

    It 'takes what shapes the loss and the steps of a run: -<Name>' -ForEach @(
        @{ Name = 'LabelSmoothing'; Setting = @{ LabelSmoothing = 0.3 } }
        @{ Name = 'ClassWeight'; Setting = @{ ClassWeight = @{ '0' = 9 } } }
        @{ Name = 'LayerRate'; Setting = @{ LayerRate = @{ 'head*' = 3 } } }
        @{ Name = 'Nesterov'; Setting = @{ Momentum = 0.9; Nesterov = $true } }
        @{ Name = 'ClipNorm'; Setting = @{ ClipNorm = 0.01 } }
        @{ Name = 'AccumulationSteps'; Setting = @{ AccumulationSteps = 2 } }
    ) {
        $arguments = @{ Dataset = $data; BatchSize = 8; Minimum = 1e-3; Maximum = 0.1; Steps = 10 }
        $plain = New-SmallModel -ClassCount 2 -InputShape 8 | Set-FreezeMode Inference | Find-LearningRate @arguments
        $other = New-SmallModel -ClassCount 2 -InputShape 8 | Set-FreezeMode Inference | Find-LearningRate @arguments @Setting
        $other.Points.LearningRate | Should -Be $plain.Points.LearningRate
        $other.Points[-1].Loss | Should -Not -Be $plain.Points[-1].Loss
    }

    It 'gives each rate as many batches as make an update' {
        $arguments = @{ Dataset = $data; Minimum = 1e-3; Maximum = 0.1; Steps = 10 }
        $whole = New-SmallModel -ClassCount 2 -InputShape 8 | Set-FreezeMode Inference | Find-LearningRate @arguments -BatchSize 16
        $parts = New-SmallModel -ClassCount 2 -InputShape 8 | Set-FreezeMode Inference | Find-LearningRate @arguments -BatchSize 8 -AccumulationSteps 2
        for ($i = 0; $i -lt 10; $i++) { [Math]::Abs($parts.Points[$i].Loss - $whole.Points[$i].Loss) | Should -BeLessThan 1e-4 }
    }

    It 'leaves features for the run, and shows that it computes them' {
        $model = New-SmallModel -ClassCount 2 -InputShape 8 | Set-FreezeMode Inference
        $shell = New-Shell "Find-LearningRate -Model `$model -Dataset `$data -BatchSize 8 -Steps 10 -FeatureCache '$TestDrive/features'" @{ model = $model; data = $data }
        $null = $shell.Invoke()
        $shell.HadErrors | Should -BeFalse
        @($shell.Streams.Progress | Where-Object StatusDescription -Like 'content of idx*') | Should -Not -HaveCount 0
        $shell.Dispose()
        (Invoke-FineTune -Model $model -Dataset $data -BatchSize 8 -FeatureCache "$TestDrive/features").FeatureCache | Should -BeLike 'training: * found in *'
    }

    It 'refuses -<Parameter> <Value>' -ForEach @(
        @{ Parameter = 'Minimum'; Value = 0 }
        @{ Parameter = 'Maximum'; Value = 1e-9 }
        @{ Parameter = 'Steps'; Value = 9 }
        @{ Parameter = 'BatchSize'; Value = 0 }
        @{ Parameter = 'AccumulationSteps'; Value = 0 }
    ) {
        $arguments = @{ $Parameter = $Value }
        $fault = Get-Fault { New-SmallModel -ClassCount 2 -InputShape 8 | Find-LearningRate -Dataset $data @arguments }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.FindLearningRate'
        $fault.Exception.Message | Should -BeLike "-$Parameter must be *"
    }
}
