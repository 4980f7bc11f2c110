BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"

    New-ImageFolder "$TestDrive/pets" -Count 3 -Height 8 -Width 8
    $files = foreach ($i in 2, 0, 1) { [System.IO.Path]::GetFullPath("$TestDrive/pets/dog/$i.bmp"); [System.IO.Path]::GetFullPath("$TestDrive/pets/cat/$i.bmp") }
    $model = New-SmallModel -InputShape 8
}

Describe 'Get-ImageFeature' {
    It 'gives as many numbers for each file as the backbone has features, in input order' {
        $features = @($files | Get-ImageFeature -Model $model)
        $features.Path | Should -Be $files
        foreach ($one in $features) {
            $one.Feature | Should -HaveCount (Get-Backbone resnet20).FeatureCount
            $one.Feature[0] | Should -BeOfType ([float])
        }
    }

    It 'gives the same whatever -BatchSize' {
        $all = $files | Get-ImageFeature -Model $model
        $few = $files | Get-ImageFeature -Model $model -BatchSize 4
        for ($i = 0; $i -lt $files.Count; $i++) {
            for ($j = 0; $j -lt 64; $j++) {
                if ([Math]::Abs($few[$i].Feature[$j] - $all[$i].Feature[$j]) -gt 1e-5) { throw "$($files[$i]): feature $j differs." }
            }
        }
        $few.Path | Should -Be $files
    }

    It 'tells images apart, and one image from itself not at all' {
        $twice = $files[0], $files[1], $files[0] | Get-ImageFeature -Model $model
        $twice[2].Feature | Should -Be $twice[0].Feature
        $twice[1].Feature | Should -Not -Be $twice[0].Feature
    }

    It 'is the inference phase''s, with or without a head, under any mode' {
        $copy = Copy-TransferModel $model | Add-ClassifierHead -ClassCount 2 | Set-FreezeMode Legacy
        (Get-ImageFeature -Model $copy -Path $files[0]).Feature | Should -Be (Get-ImageFeature -Model $model -Path $files[0]).Feature
    }

    It 'is the mean over the map of a layer: of the input, each channel''s mean brightness' {
        # Rows of blue, green, red: one colour throughout, so that resizing changes nothing.
        New-ImageFile "$TestDrive/plain.bmp" -Height 8 -Width 8
        $bytes = [System.IO.File]::ReadAllBytes("$TestDrive/plain.bmp")
        for ($i = 54; $i -lt $bytes.Length; $i += 3) { $bytes[$i] = 51; $bytes[$i + 1] = 102; $bytes[$i + 2] = 204 }
        [System.IO.File]::WriteAllBytes("$TestDrive/plain.bmp", $bytes)
        $keras = New-Backbone keras-resnet50 -InputShape 32 -WarningAction SilentlyContinue
        # Keras' ResNet50 takes blue, green, red, less their means over ImageNet.
        $feature = (Get-ImageFeature -Model $keras -Path "$TestDrive/plain.bmp" -Layer input_1).Feature
        $keras.Dispose()
        [Math]::Abs($feature[0] - (51 - 103.939)) | Should -BeLessThan 1e-4
        [Math]::Abs($feature[1] - (102 - 116.779)) | Should -BeLessThan 1e-4
        [Math]::Abs($feature[2] - (204 - 123.68)) | Should -BeLessThan 1e-4
    }

    Context 'with -Layer' {
        It 'gives a number per channel of <Layer>: <Channels>' -ForEach @{ Layer = 'conv1'; Channels = 16 }, @{ Layer = 'layer2.0.bn1'; Channels = 32 }, @{ Layer = 'LAYER3.2.BN2'; Channels = 64 } {
            (Get-ImageFeature -Model $model -Path $files[0] -Layer $Layer).Feature | Should -HaveCount $Channels
        }

        It 'of a layer applied twice gives its last output: the last ReLU''s is the backbone''s' {
            (Get-ImageFeature -Model $model -Path $files[0] -Layer layer3.2.relu).Feature | Should -Be (Get-ImageFeature -Model $model -Path $files[0]).Feature
        }

        It 'completes the layers of the backbone, not the head''s' {
            $classifier = New-SmallModel -ClassCount 2 -InputShape 8
            $line = 'Get-ImageFeature -Model $classifier -Layer '
            $names = (TabExpansion2 $line -cursorColumn $line.Length).CompletionMatches.CompletionText
            $names | Should -Contain 'layer3.2.bn2'
            @($names -like 'head*') | Should -HaveCount 0
        }

        It 'refuses <Layer>, since one layer of the backbone is named in full' -ForEach @{ Layer = 'layer3*' }, @{ Layer = 'head.logits' } {
            $fault = Get-Fault { Get-ImageFeature -Model (New-SmallModel -ClassCount 2 -InputShape 8) -Path $files[0] -Layer $Layer }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.GetImageFeature'
            $fault.Exception.Message.StartsWith("-Layer takes the name of one layer of the backbone, without wildcards, and resnet20 has no '$Layer'.") | Should -BeTrue
        }

        It 'refuses a layer that isn''t there, with the nearest and where to look, before any file is read' {
            [System.IO.File]::WriteAllText("$TestDrive/broken.bmp", 'no picture')
            $fault = Get-Fault { Get-ImageFeature -Model $model -Path "$TestDrive/broken.bmp" -Layer layer3.2.bn9 }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.GetImageFeature'
            "$($fault.CategoryInfo.Category)" | Should -Be 'ObjectNotFound'
            $fault.Exception.Message | Should -BeLike "*'layer3.2.bn9'*layer3.2.bn*Get-ModelLayer*"
        }
    }

    Context 'files' {
        It 'may be named by wildcards and come from a folder''s listing' {
            Get-ImageFeature -Model $model -Path "$TestDrive/pets/*/*.bmp" | Should -HaveCount 6
            [System.IO.DirectoryInfo]::new("$TestDrive/pets/cat").GetFiles() | Get-ImageFeature -Model $model | Should -HaveCount 3
        }

        It 'that are broken are an error each, and the rest goes on' {
            [System.IO.File]::WriteAllText("$TestDrive/broken.bmp", 'no picture')
            $features = $files[0], "$TestDrive/broken.bmp", $files[1] | Get-ImageFeature -Model $model -ErrorVariable faults -ErrorAction SilentlyContinue
            $features.Path | Should -Be $files[0], $files[1]
            $faults | Should -HaveCount 1
            $faults[0].FullyQualifiedErrorId | Should -Be 'InvalidData,PSTransfer.Commands.GetImageFeature'
            $faults[0].Exception.Message | Should -BeLike '*broken.bmp*'
        }
    }

    It 'refuses a disposed model' {
        $gone = Copy-TransferModel $model
        $gone.Dispose()
        (Get-Fault { Get-ImageFeature -Model $gone -Path $files[0] }).Exception.Message | Should -BeLike '*disposed*'
    }
}
