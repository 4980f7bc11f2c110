BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")

    # An example in a process of its own, as a user runs it; with -Replace a copy of it, changed so.
    function Invoke-Example([string] $Name, [string] $Arguments = '', [System.Collections.IDictionary] $Replace = @{}) {
        $path = "$root/examples/$Name"
        if ($Replace.Count) {
            $script = [System.IO.File]::ReadAllText($path).Replace('$PSScriptRoot', "$root/examples")
            foreach ($text in $Replace.Keys) {
                if (-not $script.Contains($text)) { throw "$Name has no '$text' any more." }
                $script = $script.Replace($text, $Replace[$text])
            }
            $path = "$TestDrive/$Name"
            [System.IO.File]::WriteAllText($path, $script)
        }
        Invoke-NewProcess "Import-Module '$root/PSTransfer.psd1'; & '$path' $Arguments; exit `$LASTEXITCODE"
    }
}

Describe 'examples/frozen-batchnorm.ps1' {
    It 'shows the trap and the cure' {
        $process = Invoke-Example frozen-batchnorm.ps1
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -BeLike '*frozen BatchNorm layers (mode Legacy)*Set-FreezeMode Inference*'
        $process.Output | Should -Match 'PhaseSkew'
        $row = { param($mode) [double[]] [regex]::Match($process.Output, "(?m)^ +$mode +([01]\.\d+) +([01]\.\d+) +([01]\.\d+) ").Groups[1..3].Value }
        $training, $inference, $unseen = & $row Legacy
        $training - $inference | Should -BeGreaterThan 0.2
        $training - $unseen | Should -BeGreaterThan 0.2
        $training, $inference, $unseen = & $row Inference
        $training | Should -Be $inference
        $unseen | Should -BeGreaterThan 0.85
        ([regex]::Matches($process.Output, 'Saved, loaded, tested again: the same numbers')).Count | Should -Be 2
    }

    It 'fails when the trap doesn''t show' {
        $process = Invoke-Example frozen-batchnorm.ps1 -Replace @{ 'Set-FreezeMode $mode' = 'Set-FreezeMode Inference'; '-Epochs 10' = '-Epochs 1'; 't10k-images' = 'train-images' }
        $process.ExitCode | Should -Be 1
        $process.Output | Should -BeLike "*FAILED*The trap doesn't show*"
    }
}

Describe 'examples/diagnose.ps1' {
    It 'goes from the gap to the layers to the report to the repair' {
        $process = Invoke-Example diagnose.ps1 "-Folder '$TestDrive/diagnose'"
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -Match '(?m)^Verdict +: PhaseSkew'
        $process.Output | Should -Match '(?m)^ +51 layer3.2.bn2 +\d'
        $process.Output | Should -Match 'resnet20: 0\.[56]\d\d became (0\.9\d\d|1\.000) on the training images and 0\.[56]\d\d became 0\.9\d\d on unseen ones'
        [IO.File]::ReadAllText("$TestDrive/diagnose/before.html") | Should -BeLike '*PhaseSkew*Repair-BatchNorm*'
        [IO.File]::ReadAllText("$TestDrive/diagnose/after.html") | Should -BeLike '*Consistent*'
    }
}

Describe 'examples/two-phase-finetuning.ps1' {
    It 'trains the head, then the rest at a low rate with pinned statistics' {
        $process = Invoke-Example two-phase-finetuning.ps1
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -Match 'On unseen images: 0\.[89]\d\d after phase 1, 0\.[89]\d\d after phase 2'
        $process.Output | Should -Not -Match 'WARNING|FAILED'
    }
}

Describe 'examples/backbones.ps1' {
    It 'builds, counts and times those asked for' {
        $process = Invoke-Example backbones.ps1 '-Name resnet18, keras-mobilenet* -ImageSize 32'
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -Match '(?m)^resnet18 +11,176,512 .* ms$'
        $process.Output | Should -Match '(?m)^keras-mobilenetv2 +2,257,984 .* ms$'
        $process.Output | Should -Match '3 backbones built'
    }
}

Describe 'examples/cifar10-cats-and-dogs.ps1' {
    BeforeAll {
        # CIFAR-10's first batch as published, but small: a hundred cats and dogs each, and a few of the other classes.
        $null = [System.IO.Directory]::CreateDirectory("$TestDrive/cifar")
        New-CifarFile "$TestDrive/cifar/data_batch_1.bin" -Label (((3, 5) * 100) + 0..9)
        $null = New-SmallModel -InputShape 32 | Export-TransferModel -Path "$TestDrive/weights.safetensors"
    }

    It 'falls into the trap as TensorFlow 1 did, on images and weights of the formats it expects' {
        $process = Invoke-Example cifar10-cats-and-dogs.ps1 "-DataPath '$TestDrive/cifar/data_batch_1.bin' -Weights '$TestDrive/weights.safetensors' -Backbone resnet20" -Replace @{ '-Epochs 10' = '-Epochs 3' }
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -BeLike '*cat: 100, dog: 100*'
        $figures = foreach ($phase in 'DYNAMIC LEARNING_PHASE', 'STATIC LEARNING_PHASE = 0', 'STATIC LEARNING_PHASE = 1') {
            [regex]::Match($process.Output, "(?m)^$phase +(accuracy .*200 images.*)$").Groups[1].Value.Trim()
        }
        $figures[0] | Should -Match 'accuracy [01]\.\d+, loss'
        $figures[1] | Should -Be $figures[0]
        $figures[2] | Should -Match 'accuracy [01]\.\d+, loss'
        $figures[2] | Should -Not -Be $figures[0]
    }

    It 'fails when its data aren''t there' {
        $process = Invoke-Example cifar10-cats-and-dogs.ps1 "-DataPath '$TestDrive/nowhere' -Weights '$TestDrive/weights.safetensors' -Backbone resnet20"
        $process.ExitCode | Should -Be 1
        $process.Error | Should -BeLike '*nowhere*'
    }
}

Describe 'examples/experiments' {
    It '<Name> prints its table, draws its chart and says how far the data are' -ForEach @(
        @{ Name = 'head-size'; Setting = '-Hidden none, 16'; Label = 'none', '16'; Distances = 0 }
        @{ Name = 'target-distance'; Setting = "-Target 'all eight', 'Sneaker, Ankle boot'"; Label = 'all eight', 'Sneaker, Ankle boot'; Distances = 2 }
        @{ Name = 'batch-size'; Setting = '-BatchSize 4, 8'; Label = '4', '8'; Distances = 0 }
        @{ Name = 'domain-shift'; Setting = "-Shift 'as it is', 'inverted'"; Label = 'as it is', 'inverted'; Distances = 2 }
    ) {
        $process = Invoke-Example "experiments/$Name.ps1" "$Setting -Repeat 1 -Epochs 1 -Images 8 -Path '$TestDrive/out'"
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        foreach ($one in $Label) { $process.Output | Should -BeLike "*Comparison: $one, *" }
        foreach ($mode in 'Legacy +None', 'Legacy +Precise', 'Legacy +Prior', 'Legacy +Mixed', 'Inference +None', 'Drifting +None', 'Statistics +None') {
            ([regex]::Matches($process.Output, "(?m)^$mode +[01]\.\d+")).Count | Should -Be 2
        }
        $far = [double[]] @([regex]::Matches($process.Output, 'distance (\d+\.\d+) nats') | ForEach-Object { $_.Groups[1].Value })
        $far.Count | Should -Be $Distances
        if ($far) { $far[1] | Should -BeGreaterThan $far[0] }
        [System.IO.File]::ReadAllText("$TestDrive/out/$Name.md") | Should -BeLike '*Legacy*Mixed*'
        [System.IO.File]::ReadAllText("$TestDrive/out/$Name-inference-phase.svg") | Should -BeLike '*<svg*Statistics*'
    }
}
