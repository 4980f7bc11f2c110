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

Describe 'examples/deploy-onnx.ps1' {
    It 'gets the same answers from a program without PSTransfer' {
        $process = Invoke-Example deploy-onnx.ps1 "-Path '$TestDrive/onnx'"
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -BeLike '*20 of 20 classes agree*'
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

Describe 'examples/two-stage-finetuning.ps1' {
    It 'trains the head, then the rest at a low rate with pinned statistics' {
        $process = Invoke-Example two-stage-finetuning.ps1
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -Match 'On unseen images: 0\.[89]\d\d after stage 1, 0\.[89]\d\d after stage 2'
        $process.Output | Should -Not -Match 'WARNING|FAILED'
    }
}

Describe 'examples/backbones.ps1' {
    It 'builds, counts and times those asked for' {
        $process = Invoke-Example backbones.ps1 '-Name resnet18, keras-mobilenet* -ImageSize 32'
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -Match '(?m)^resnet18 +11,176,512( +\d+){4}'
        $process.Output | Should -Match '(?m)^keras-mobilenetv2 +2,257,984( +\d+){4}'
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

Describe 'examples/experiment.ps1' {
    BeforeAll { $short = "-Set 'train.epochs=1', 'matrix.seed=[1]', 'data.validation.samplesPerClass=50'" }

    It 'runs the file''s matrix: the trap shows under Legacy and not under Inference' {
        $process = Invoke-Example experiment.ps1 $short
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -BeLike '2 runs*frozen as*'
        $process.Output | Should -Match '(?m)^Legacy +1( +[01]\.\d{3}){3} +PhaseSkew'
        $process.Output | Should -Match '(?m)^Inference +1 +[01]\.\d{3} +([01]\.\d{3}) +\1 +Consistent'
    }

    It 'ends with 1 where the trap shows and shouldn''t' {
        $process = Invoke-Example experiment.ps1 "$short, 'matrix.freeze.mode=[Legacy]'" -Replace @{ "-eq 'Legacy'" = "-eq 'Inference'" }
        $process.ExitCode | Should -Be 1
        $process.Output | Should -BeLike '1 runs*FAILED*'
    }

    It 'says what is wrong with a file, and ends with 1 before any run' {
        [System.IO.File]::WriteAllText("$TestDrive/wrong.yml", "data:`n  path: shoes`ntrain:`n  epoch: 4`n")
        $process = Invoke-Example experiment.ps1 "'$TestDrive/wrong.yml'"
        $process.ExitCode | Should -Be 1
        $process.Output | Should -BeLike '*wrong.yml*4*epochs*'
        $process.Output | Should -Not -BeLike '*runs*'
    }
}

Describe 'examples/nightly.ps1' {
    BeforeAll {
        $folder = "$TestDrive/nightly [1]"
        $null = [System.IO.Directory]::CreateDirectory($folder)
        function Get-Name { [System.IO.Directory]::GetFiles($folder) | ForEach-Object { [System.IO.Path]::GetFileName($_) } }
    }

    It 'leaves a good model, a log and a report, and exit code 0' {
        $process = Invoke-Example nightly.ps1 "-ModelPath '$folder/good.safetensors'"
        $process.Error | Should -BeNullOrEmpty
        $process.ExitCode | Should -Be 0
        $process.Output | Should -BeLike '*learning phases Consistent*Written: *good.safetensors'
        foreach ($file in 'good.html', 'good.jsonl', 'good.safetensors') { @(Get-Name) | Should -Contain $file }
        @(Get-Name) | Should -Not -Contain 'good.checkpoint'
        [System.IO.File]::ReadAllLines("$folder/good.jsonl").Count | Should -Be 8
    }

    It 'ends with 1 and leaves the old model where <What>' -ForEach @(
        @{ What = 'the run would be trapped'; Name = 'strict'; Replace = @{}; Because = '*-Strict*Set-FreezeMode Inference*' }
        @{ What = 'the phases of the trained model disagree'; Name = 'trapped'; Replace = @{ ' -Strict' = ''; '-Dataset $data.Training -V' = '-Dataset $data.Training -WarningAction SilentlyContinue -V' }; Because = '*No model was written*trapped.html*' }
    ) {
        [System.IO.File]::WriteAllText("$folder/$Name.safetensors", 'old')
        $process = Invoke-Example nightly.ps1 "-ModelPath '$folder/$Name.safetensors' -FreezeMode Legacy -Epochs 2 -DataPath '$root/assets/fashion-shoes/train-images-idx3-ubyte.gz'" -Replace $Replace
        $process.ExitCode | Should -Be 1
        $process.Error | Should -BeLike $Because
        [System.IO.File]::ReadAllText("$folder/$Name.safetensors") | Should -Be 'old'
    }

    It 'ends with 2 where the images aren''t there' {
        $process = Invoke-Example nightly.ps1 "-DataPath '$TestDrive/nowhere' -ModelPath '$folder/none.safetensors'"
        $process.ExitCode | Should -Be 2
        $process.Error | Should -BeLike '*nowhere*'
        @(Get-Name) | Should -Not -Contain 'none.safetensors'
    }

    It 'begins anew where the checkpoint is of other settings' {
        $small = "-ModelPath '$folder/changed.safetensors' -MinimumAccuracy 0.1 -DataPath '$root/assets/fashion-shoes/train-images-idx3-ubyte.gz'"
        $null = Invoke-Example nightly.ps1 "$small -Epochs 1" -Replace @{ 'Remove-Item -LiteralPath $checkpoint' = '' }
        @(Get-Name) | Should -Contain 'changed.checkpoint'
        $process = Invoke-Example nightly.ps1 "$small -Epochs 2 -LearningRate 0.02"
        $process.ExitCode | Should -Be 0
        $process.Output | Should -BeLike '*WARNING*LearningRate 0.01*Starting anew*Written*'
    }

    Context 'on photographs' {
        BeforeAll {
            . "$PSScriptRoot/TestData.ps1"
            New-ImageFolder "$TestDrive/photos" -Count 8
            $photos = "-ModelPath '$folder/photos.safetensors' -MinimumAccuracy 0 -DataPath '$TestDrive/photos'"

            # A run that was cut off after its first epoch.
            $null = Invoke-Example nightly.ps1 "$photos -Epochs 1" -Replace @{ 'Remove-Item -LiteralPath $checkpoint' = '' }
        }

        It 'ends with 2 and keeps the checkpoint where one can''t be read any more' {
            $name = [System.IO.Directory]::GetFiles("$TestDrive/photos/cat")[0]
            $bytes = [System.IO.File]::ReadAllBytes($name)
            [System.IO.File]::WriteAllBytes($name, [byte[]]::new($bytes.Length))
            $process = Invoke-Example nightly.ps1 "$photos -Epochs 2" -Replace @{ ' -SkipInvalid' = '' }
            [System.IO.File]::WriteAllBytes($name, $bytes)
            $process.ExitCode | Should -Be 2
            $process.Output | Should -Not -BeLike '*Starting anew*'
            @(Get-Name) | Should -Contain 'photos.checkpoint'
        }

        It 'begins anew where some were added since the run was cut off, and says so' {
            New-ImageFile "$TestDrive/photos/cat/new.bmp" -Seed 50
            New-ImageFile "$TestDrive/photos/dog/new.bmp" -Label 5 -Seed 51
            $before = [System.IO.File]::ReadAllLines("$folder/photos.jsonl").Count
            $process = Invoke-Example nightly.ps1 "$photos -Epochs 2"
            $process.Output -replace '\s+', ' ' | Should -BeLike "*WARNING: *photos.checkpoint: this checkpoint is of another run. It was trained on 'photos (training)', 12 images; this is 'photos (training)', 13 images.*Starting anew*best epoch*"
            [System.IO.File]::ReadAllLines("$folder/photos.jsonl").Count - $before | Should -Be 2
            @(Get-Name) | Should -Not -Contain 'photos.checkpoint'
        }
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
