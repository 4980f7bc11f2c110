BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-CifarFile "$TestDrive/data.bin" -Label (@(3) * 30 + @(5) * 10)
    $data = Import-ImageDataset "$TestDrive/data.bin" -Class cat, dog
}

Describe 'Split-ImageDataset' {
    It 'gives each class its share on both sides' {
        $split = Split-ImageDataset -Dataset $data -Validation 0.2
        $split.Training.ClassCounts -join ' ' | Should -Be '24 8'
        $split.Validation.ClassCounts -join ' ' | Should -Be '6 2'
        $split.Training.Count + $split.Validation.Count | Should -Be $data.Count
    }

    It 'takes the data set from the pipeline and the share by position' {
        $split = $data | Split-ImageDataset 0.5
        $split.Training | Should -BeOfType 'PSTransfer.ImageDataset'
        $split.Validation | Should -BeOfType 'PSTransfer.ImageDataset'
        $split.Validation.Count | Should -Be 20
    }

    It 'keeps classes, shape and source, and says in the name which part it is' {
        $split = $data | Split-ImageDataset 0.5
        $split.Training.Name | Should -BeExactly 'data.bin (training)'
        $split.Validation.Name | Should -BeExactly 'data.bin (validation)'
        $split.Validation.Classes -join ' ' | Should -Be 'cat dog'
        $split.Validation.ImageShape -join ' ' | Should -Be '32 32 3'
        $split.Validation.Source | Should -BeExactly $data.Source
    }

    It 'leaves the data set as it was' {
        $null = $data | Split-ImageDataset 0.5
        $data.Count | Should -Be 40
        $data.Name | Should -BeExactly 'data.bin'
    }

    It 'draws by -Seed: the same seed, the same split' {
        $model = New-SmallModel 2 -InputShape 32
        $loss = foreach ($seed in 1, 1, 2) {
            (Measure-TransferModel -Model $model -Dataset ($data | Split-ImageDataset 0.2 -Seed $seed).Validation).Loss
        }
        $loss[1] | Should -Be $loss[0]
        $loss[2] | Should -Not -Be $loss[0]
    }

    It 'puts each class on both sides even where its share is less than one image' {
        New-CifarFile "$TestDrive/rare.bin" -Label (@(3) * 38 + @(5) * 2)
        $split = Import-ImageDataset "$TestDrive/rare.bin" -Class cat, dog | Split-ImageDataset 0.1
        $split.Training.ClassCounts -join ' ' | Should -Be '35 1'
        $split.Validation.ClassCounts -join ' ' | Should -Be '3 1'
    }

    It 'refuses a share of <_>' -ForEach 0, 1, -0.2, 20, ([double]::NaN) {
        $fault = Get-Fault { $data | Split-ImageDataset -Validation $_ }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.SplitImageDataset'
        $fault.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $fault.TargetObject | Should -Be 'Validation'
        $fault.Exception.Message | Should -BeLike "-Validation is the share*above 0 and below 1, not $_."
    }

    It 'refuses a share that leaves a class without validation images, and says what is possible' {
        (Get-Fault { $data | Split-ImageDataset 0.01 }).Exception.Message | Should -BeLike '-Validation 0.01 of 40 images is 0*from 2 to 38*'
    }
}
