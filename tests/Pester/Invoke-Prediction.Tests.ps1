BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"

    New-ImageFolder "$TestDrive/pets" -Count 4 -Height 8 -Width 8
    $data = Import-ImageDataset "$TestDrive/pets"
    $model = New-SmallModel -ClassCount 2 -InputShape 8 | Set-FreezeMode Inference
    $null = Invoke-FineTune -Model $model -Dataset $data -Epochs 30 -Optimizer Adam -LearningRate 0.05

    # Dogs and cats in turn, in an order of their own.
    $files = foreach ($i in 3, 0, 2, 1) { [System.IO.Path]::GetFullPath("$TestDrive/pets/dog/$i.bmp"); [System.IO.Path]::GetFullPath("$TestDrive/pets/cat/$i.bmp") }
    $broken = [System.IO.Path]::GetFullPath("$TestDrive/broken.bmp")
    [System.IO.File]::WriteAllText($broken, 'no picture')
}

Describe 'Invoke-Prediction' {
    It 'names the class of each file, in input order' {
        $predictions = $files | Invoke-Prediction -Model $model
        $predictions.Path | Should -Be $files
        $predictions.Class | Should -Be (('dog', 'cat') * 4)
    }

    It 'reads a TIFF, a PNM and a GIF, and gives the answer of the same picture in another format' {
        $pictures = "$PSScriptRoot/../Fixtures/images"
        $predictions = Invoke-Prediction -Model $model -Path "$pictures/formats/lzw.tif", "$pictures/formats/color.ppm", "$pictures/turned/upright.png"
        $predictions.Count | Should -Be 3
        foreach ($prediction in $predictions) { [Math]::Abs($prediction.Probability - $predictions[2].Probability) | Should -BeLessThan 1e-5 }
        @(Invoke-Prediction -Model $model -Path "$pictures/formats/moving.gif").Count | Should -Be 1
    }

    It 'keeps the order whatever -BatchSize, and gives the same probabilities' {
        $all = $files | Invoke-Prediction -Model $model
        $few = $files | Invoke-Prediction -Model $model -BatchSize 3
        $few.Path | Should -Be $files
        for ($i = 0; $i -lt $files.Count; $i++) { [Math]::Abs($few[$i].Probability - $all[$i].Probability) | Should -BeLessThan 1e-5 }
    }

    It 'has the probability of every class, in the model''s order; they sum to 1 and the class has the largest' {
        foreach ($prediction in $files | Invoke-Prediction -Model $model) {
            @($prediction.Probabilities.Keys) | Should -Be 'cat', 'dog'
            [Math]::Abs($prediction.Probabilities['cat'] + $prediction.Probabilities['dog'] - 1) | Should -BeLessThan 1e-6
            $prediction.Probability | Should -Be $prediction.Probabilities[$prediction.Class]
            $prediction.Probability | Should -BeGreaterThan 0.5
        }
    }

    It 'gives one logit two probabilities' {
        $binary = New-SmallModel -ClassCount 1 -InputShape 8 | Set-FreezeMode Inference
        $null = Invoke-FineTune -Model $binary -Dataset $data -Epochs 30 -Optimizer Adam -LearningRate 0.05
        $predictions = $files | Invoke-Prediction -Model $binary
        $predictions.Class | Should -Be (('dog', 'cat') * 4)
        [Math]::Abs($predictions[0].Probabilities['cat'] + $predictions[0].Probabilities['dog'] - 1) | Should -BeLessThan 1e-6
    }

    It 'numbers the classes of a model that wasn''t trained' {
        $prediction = Invoke-Prediction -Model (New-SmallModel -ClassCount 3 -InputShape 8) -Path $files[0]
        @($prediction.Probabilities.Keys) | Should -Be '0', '1', '2'
    }

    It 'gives the most probable classes, best first' {
        $three = New-SmallModel -ClassCount 3 -InputShape 8
        $all = Invoke-Prediction -Model $three -Path $files[0]
        $two = Invoke-Prediction -Model $three -Path $files[0] -Top 2
        @($two.Probabilities.Values) | Should -Be ([System.Linq.Enumerable]::ToArray([System.Linq.Enumerable]::OrderDescending([double[]] @($all.Probabilities.Values)))[0, 1])
        @($two.Probabilities.Keys)[0] | Should -Be $all.Class
        @((Invoke-Prediction -Model $three -Path $files[0] -Top 9).Probabilities.Keys) | Should -HaveCount 3
    }

    It 'names no class that is less probable than asked' {
        $least = [System.Linq.Enumerable]::Min([double[]] ($files | Invoke-Prediction -Model $model).Probability)
        ($files | Invoke-Prediction -Model $model -Threshold $least).Class | Should -Be (('dog', 'cat') * 4)
        $strict = $files | Invoke-Prediction -Model $model -Threshold ([Math]::BitIncrement($least))
        $unsure = @($strict | Where-Object { $null -eq $_.Class })
        $unsure | Should -Not -HaveCount 0
        $unsure[0].Probability | Should -Be $least
    }

    It 'has probabilities that fit into one field of a CSV file, in any culture' {
        $prediction = Invoke-Prediction -Model $model -Path $files[0] -Top 1
        $prediction.Probabilities.ToString() | Should -Be ([string]::Format([cultureinfo]::InvariantCulture, 'dog={0:0.0000}', $prediction.Probability))
    }

    It 'refuses <Parameter> <Value>' -ForEach @(
        @{ Parameter = 'Top'; Value = 0 }
        @{ Parameter = 'Threshold'; Value = 1.1 }
    ) {
        $bad = @{ $Parameter = $Value }
        (Get-Fault { Invoke-Prediction -Model $model -Path $files[0] @bad }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
    }

    It 'predicts in the inference phase, whatever the mode' {
        $legacy = Copy-TransferModel $model | Set-FreezeMode Legacy
        (Invoke-Prediction -Model $legacy -Path $files[0]).Probability | Should -Be (Invoke-Prediction -Model $model -Path $files[0]).Probability
    }

    It 'resizes images of another size' {
        New-ImageFile "$TestDrive/large.bmp" -Label 5 -Height 40 -Width 60
        (Invoke-Prediction -Model $model -Path "$TestDrive/large.bmp").Class | Should -Be 'dog'
    }

    It 'gives what the model gives after a file and back' {
        $null = Export-TransferModel -Model $model -Path "$TestDrive/model.safetensors"
        $loaded = Import-TransferModel "$TestDrive/model.safetensors"
        ($files | Invoke-Prediction -Model $loaded).Probability | Should -Be ($files | Invoke-Prediction -Model $model).Probability
    }

    Context 'paths' {
        It 'may have wildcards' {
            $predictions = Invoke-Prediction -Model $model -Path "$TestDrive/pets/dog/*.bmp"
            $predictions | Should -HaveCount 4
            $predictions.Class | Should -Be 'dog', 'dog', 'dog', 'dog'
        }

        It 'are taken literally with -LiteralPath, and as files of a folder in the pipeline' {
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/brackets")
            New-ImageFile "$TestDrive/brackets/[1].bmp" -Height 8 -Width 8
            (Invoke-Prediction -Model $model -LiteralPath "$TestDrive/brackets/[1].bmp").Path | Should -BeLike '*`[1`].bmp'
            $piped = [System.IO.DirectoryInfo]::new("$TestDrive/brackets").GetFiles() | Invoke-Prediction -Model $model
            $piped.Path | Should -BeLike '*`[1`].bmp'
        }

        It 'that match nothing, as [1].bmp does unless it is literal, are an error that says so, and the others go on' -ForEach @{ Pattern = 'brackets/[1].bmp' }, @{ Pattern = 'pets/dog/*.png' } {
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/brackets")
            New-ImageFile "$TestDrive/brackets/[1].bmp" -Height 8 -Width 8
            $predictions = Invoke-Prediction -Model $model -Path "$TestDrive/$Pattern", $files[0] -ErrorVariable faults -ErrorAction SilentlyContinue
            $predictions.Path | Should -Be $files[0]
            $faults | Should -HaveCount 1
            $faults[0].FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.InvokePrediction'
            $faults[0].Exception.Message.Replace('\', '/').Contains("$Pattern' matches nothing.") | Should -BeTrue
            $faults[0].Exception.Message | Should -BeLike '*-LiteralPath takes names with `[ `] as they are.'
        }

        It 'may be relative to the current location' {
            $here = $ExecutionContext.SessionState.Path.CurrentLocation
            $null = $ExecutionContext.SessionState.Path.SetLocation("$TestDrive/pets")
            try { (Invoke-Prediction -Model $model -Path cat/0.bmp).Class | Should -Be 'cat' }
            finally { $null = $ExecutionContext.SessionState.Path.SetLocation($here) }
        }
    }

    Context 'a file that is <Name>' -ForEach @(
        @{ Name = 'broken'; File = 'broken.bmp'; Id = 'InvalidData' }
        @{ Name = 'missing'; File = 'missing.bmp'; Id = 'NotFound' }
    ) {
        It 'is an error that names it, and the others go on' {
            $predictions = $files[0], "$TestDrive/$File", $files[1] | Invoke-Prediction -Model $model -ErrorVariable faults -ErrorAction SilentlyContinue
            $predictions.Path | Should -Be $files[0], $files[1]
            $faults | Should -HaveCount 1
            $faults[0].FullyQualifiedErrorId | Should -Be "$Id,PSTransfer.Commands.InvokePrediction"
            $faults[0].Exception.Message | Should -BeLike "*$File*"
        }

        It 'is the same by -LiteralPath' {
            $predictions = Invoke-Prediction -Model $model -LiteralPath $files[0], "$TestDrive/$File", $files[1] -ErrorVariable faults -ErrorAction SilentlyContinue
            $predictions.Path | Should -Be $files[0], $files[1]
            $faults | Should -HaveCount 1
            $faults[0].FullyQualifiedErrorId | Should -Be "$Id,PSTransfer.Commands.InvokePrediction"
        }

        It 'ends a pipeline that stops at errors' {
            (Get-Fault { Invoke-Prediction -Model $model -Path "$TestDrive/$File" }).Exception.Message | Should -BeLike "*$File*"
        }
    }

    Context 'bad input' {
        It 'says of a broken file what helps there' {
            (Get-Fault { Invoke-Prediction -Model $model -Path $broken }).Exception.Message |
                Should -BeLike '*broken.bmp: expected a JPEG, PNG, BMP, WebP, GIF, TIFF or PNM image, found something else or a damaged header. Replace the file or leave it out; the other files go on unless -ErrorAction is Stop.'
        }

        It 'says of a folder that it is one' {
            $fault = Get-Fault { Invoke-Prediction -Model $model -Path "$TestDrive/pets/dog" }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.InvokePrediction'
            $fault.Exception.Message | Should -BeLike '*dog: this is a folder, not an image. Name the files in it*'
        }

        It 'refuses a model without a head, before any file is read' {
            $fault = Get-Fault { $broken | Invoke-Prediction -Model (New-SmallModel -InputShape 8) }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.InvokePrediction'
            $fault.Exception.Message | Should -BeLike '*no head*'
        }

        It 'refuses a disposed model' {
            $gone = Copy-TransferModel $model
            $gone.Dispose()
            $fault = Get-Fault { Invoke-Prediction -Model $gone -Path $files[0] }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
            $fault.Exception.Message | Should -BeLike '*disposed*'
        }
    }
}
