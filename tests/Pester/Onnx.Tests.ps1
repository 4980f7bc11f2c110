BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $onnx = "$PSScriptRoot/../Fixtures/onnx"
}

Describe 'ONNX files' {
    It 'become a backbone, to be frozen and given a head' {
        $model = New-Backbone "$onnx/residual-13.onnx" -InputShape 32 -Preprocessing Rescale |
            Add-ClassifierHead -ClassCount 2 | Set-FreezeMode Legacy
        $model.BatchNormCount | Should -Be 2
        $model.Backbone | Should -Be 'residual-13'
        (Get-ModelLayer -Model $model -Kind BatchNorm).Name | Should -Be bn1, bn2
        (Get-ModelLayer -Model $model bn1).NormalizesBy | Should -Be Batch
        $model.Dispose()
    }

    It 'are cut where -Output says' {
        $model = New-Backbone "$onnx/residual-13.onnx" -InputShape 32 -Preprocessing None -Output /bn1/BatchNormalization
        (Get-ModelLayer -Model $model).Name | Should -Be conv1, bn1
        { New-Backbone "$onnx/residual-13.onnx" -Output bn7 -Preprocessing None -ErrorAction Stop } | Should -Throw "*no node 'bn7'*"
    }

    It 'become a classifier that is trained, tested and exported again' {
        $images = "$PSScriptRoot/../../assets/fashion-shoes/train-images-idx3-ubyte.gz"
        $shoes = Import-ImageDataset $images -SamplesPerClass 8 -First -ImageSize 12, 10
        $model = New-Backbone "$onnx/residual-17.onnx" -Preprocessing Torch | Add-ClassifierHead -ClassCount 2 | Set-FreezeMode Legacy
        $null = $model | Invoke-FineTune -Dataset $shoes -Epochs 1 -WarningAction SilentlyContinue
        (Test-LearningPhase -Model $model -Dataset $shoes).NormalizationGap.Loss | Should -Not -Be 0

        Export-TransferModel -Model $model -Path "$TestDrive/again.onnx" | Select-Object -ExpandProperty Name | Should -Be again.onnx
        $again = Import-TransferModel "$TestDrive/again.onnx" -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $again.Classes | Should -Be $model.Classes
        (Get-ModelLayer -Model $again -Kind BatchNorm).Name | Should -Be bn1, bn2
        $one, $other = $model, $again | ForEach-Object { Measure-TransferModel -Model $_ -Dataset $shoes -Phase Inference }
        [Math]::Abs($one.Loss - $other.Loss) | Should -BeLessThan 1e-5
        Export-TransferModel -Model $model -Path "$TestDrive/folded.onnx" -FoldBatchNorm
        (New-Backbone "$TestDrive/folded.onnx" -WarningAction SilentlyContinue).BatchNormCount | Should -Be 0
    }

    It 'take names of classes' {
        $model = Import-TransferModel "$onnx/residual-13.onnx" -Preprocessing Torch -ClassName cat, dog, fish
        $model.Classes | Should -Be cat, dog, fish
        { Import-TransferModel "$onnx/residual-13.onnx" -Preprocessing Torch -ClassName cat -ErrorAction Stop } |
            Should -Throw '-ClassName names 1 classes*has 3.'
    }

    It 'say what is assumed' {
        $null = Import-TransferModel "$onnx/last-13.onnx" -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*Torch is assumed*give -Preprocessing*no BatchNorm layer*'
    }

    It 'have parameters of their own' {
        { New-Backbone resnet20 -Output x -ErrorAction Stop } | Should -Throw '-Output is for a network from an ONNX file*'
        { New-Backbone "$onnx/last-13.onnx" -Weights x -ErrorAction Stop } | Should -Throw "-Weights isn't for an ONNX file*"
        New-Backbone resnet20 -InputShape 16 -WarningAction SilentlyContinue | Export-TransferModel -Path "$TestDrive/m.pst" | Out-Null
        { Import-TransferModel "$TestDrive/m.pst" -ClassName x -ErrorAction Stop } | Should -Throw '*-ClassName is for an ONNX file*'
        { New-Backbone "$TestDrive/none.onnx" -ErrorAction Stop } | Should -Throw 'There is no file*none.onnx*'
    }

    It 'go on in a pipeline past a bad one' {
        Set-Content "$TestDrive/bad.onnx" 'x'
        Copy-Item "$onnx/residual-13.onnx" "$TestDrive/good.onnx"
        $models = "$TestDrive/bad.onnx", "$TestDrive/good.onnx" |
            Import-TransferModel -Preprocessing Torch -ErrorVariable faults -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        @($models).Count | Should -Be 1
        "$faults" | Should -BeLike "*bad.onnx: the file*isn't ONNX*"
    }
}
