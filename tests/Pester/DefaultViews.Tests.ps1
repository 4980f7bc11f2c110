# What a user sees of an object at the prompt, without Format-Table or Select-Object.
BeforeAll {
    . "$PSScriptRoot/TestData.ps1"
    $run = Invoke-NewProcess @"
        Import-Module '$([System.IO.Path]::GetFullPath("$PSScriptRoot/../../PSTransfer.psd1"))'
        . '$([System.IO.Path]::GetFullPath("$PSScriptRoot/TestData.ps1"))'
        New-ImageFolder '$TestDrive/pets' -Class 'big cat', dog
        `$data = Import-ImageDataset '$TestDrive/pets' -ImageSize 16
        `$model = New-SmallModel 2 | Set-FreezeMode Inference
        `$trapped = New-SmallModel 2 | Set-FreezeMode Legacy
        `$report = Test-LearningPhase -Model `$trapped -Dataset `$data -ValidationDataset `$data -Sensitivity
        foreach (`$show in { `$data }, { `$data | Split-ImageDataset 0.5 }, { Get-Backbone keras* }, { `$model }, { `$model | Get-ModelLayer layer1.0.*1 }, { Get-ComputeDevice }, { `$report }, { `$report.Sensitivity }, { `$model | Measure-BatchNormDrift -Dataset `$data -Attribution Prefix }, { Compare-FreezeMode -Model `$model -Dataset `$data -ValidationDataset `$data -Mode Legacy -Repeat 2 -Seed 5 -Label pets -TargetAccuracy 0 }, { Compare-FreezeMode -Model `$model -Dataset `$data -Mode Inference }, { Find-LearningRate -Model `$model -Dataset `$data -Minimum 1e-3 -Maximum 0.1 -Steps 30 }) {
            '#####'
            & `$show | Out-String -Width 120
        }
"@
    $views = $run.Output -split '#####\s*'
}

Describe 'The default view' {
    It 'comes without errors' {
        $run.Error | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
    }

    It 'of a data set is a row: shape and the images of each class' {
        $views[1] | Should -Match 'Name\s+Count\s+ImageShape\s+Classes\s+ClassCounts'
        $views[1] | Should -Match 'pets\s+8\s+16×16×3\s+2\s+big cat: 4, dog: 4'
    }

    It 'of a split shows both parts' {
        $views[2] | Should -Match 'pets \(training\)'
        $views[2] | Should -Match 'pets \(validation\)'
    }

    It 'of a backbone is a row' {
        $views[3] | Should -Match 'Name\s+Parameters\s+Layers\s+BatchNorms\s+Features\s+Size\s+Minimum\s+Preprocessing'
        $views[3] | Should -Match 'keras-resnet50\s+23,587,712\s+175\s+53\s+2048\s+224\s+32\s+Caffe'
    }

    It 'of a model is a list that ends in what will learn' {
        foreach ($line in 'Name\s+: resnet20', 'Backbone\s+: resnet20', 'InputShape\s+: 16×16×3', 'Device\s+: cpu',
            'TotalParameters\s+: 271,954', 'TrainableParameters\s+: 130', 'FreezeMode\s+: Inference', 'BatchNormCount\s+: 21') {
            $views[4] | Should -Match $line
        }
    }

    It "of a layer is a row with BatchNorm's three switches" {
        $views[5] | Should -Match 'Index\s+Name\s+Kind\s+OutputShape\s+Parameters\s+Learns\s+NormalizesBy\s+UpdatesStatistics'
        $views[5] | Should -Match 'layer1.0.bn1\s+BatchNorm\s+\(16, 16, 16\)\s+32\s+False\s+Moving\s+False'
    }

    It 'of a device is a row with threads and memory' {
        $views[6] | Should -Match 'cpu\s+CPU\s+True\s+\d+\s+[\d.]+ GiB'
    }

    It 'of a learning-phase report is a list whose gaps show their intervals within 80 columns' {
        $lines = $views[7] -split '\r?\n' -match '^(\w+Gap|Sensitivity|Shuffles|PhasesAgree|Verdict)\s+:'
        $lines.Count | Should -Be 8
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        @($lines -match '^(Normalization|Dropout|Generalization|Total)Gap\s+: accuracy [-+]?0\.\d{3} \[[-+]?\d\.\d{3}, [-+]?\d\.\d{3}\], loss [-+]?\d+\.\d{4}\s*$').Count | Should -Be 4
        $views[7] | Should -Match 'Sensitivity\s+: batches of  4: accuracy \d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\)'
        $views[7] | Should -Match 'Explanation\s+: On the same images'
    }

    It 'of the sensitivity to the batch size is a row for each' {
        $views[8] | Should -Match 'BatchSize\s+Shuffles\s+Accuracy\s+Lowest\s+Highest\s+Spread'
        $views[8] | Should -Match '4\s+3\s+\d\.\d{3}\s+\d\.\d{3}\s+\d\.\d{3}\s+\d\.\d{3}'
    }

    It 'of a drift is a row with what would return' {
        $views[9] | Should -Match 'Index\s+Name\s+MeanShift\s+VarianceRatio\s+Drift\s+AccuracyIfSwapped'
        $views[9] | Should -Match '1\s+bn1\s+\d+\.\d{3}\s+\d+\.\d{3}\s+\d+\.\d{3}\s+[01]\.\d{3}'
    }

    It 'of a comparison is a row of a mode and a repair with its intervals, within 120 columns, and a conclusion' {
        $lines = $views[10] -split '\r?\n'
        @($lines -match '^\s*Comparison: pets, seeds 5 to 6\s*$').Count | Should -Be 1
        @($lines -match '^Mode\s+Repair\s+Training phase\s+Inference phase\s+Validation\s+Gap Verdict\s+EpochsToTarget Seconds\s*$').Count | Should -Be 1
        @($lines -match '^Legacy\s+None\s+\d\.\d{3} ±\d\.\d{3}\s+\d\.\d{3} ±\d\.\d{3}\s+\d\.\d{3} ±\d\.\d{3}\s+\S+ \w+\s+1 \(2/2\)\s+\d+\.\d\s*$').Count | Should -Be 1
        @($lines -match '^Legacy\s+Precise\s').Count | Should -Be 1
        $lines | Where-Object { $_ -notmatch ' has the best accuracy ' } | ForEach-Object { $_.Length | Should -BeLessOrEqual 120 }
        $views[10] | Should -Match 'has the best accuracy on the validation images in the inference phase'
        $views[11] | Should -Match 'Comparison: seed 42'
        $views[11] | Should -Match 'Inference\s+None\s+\d\.\d{3}\s+\d\.\d{3}\s+0 '
    }

    It 'of a learning-rate sweep is what it found, not its points' {
        $lines = @($views[12].Trim() -split '\r?\n')
        $lines | Should -HaveCount 3
        $lines[0] | Should -Match '^Suggestion : 0\.0\d+\s*$'
        $lines[1] | Should -Match '^LowestLoss : \d\.\d{4}, smoothed, at 0\.\d+\s*$'
        $lines[2] | Should -Match '^Points     : 30, from 0\.001 to 0\.1\s*$'
    }
}
