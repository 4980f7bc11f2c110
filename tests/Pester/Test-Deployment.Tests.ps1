# Whether a model file answers here as it did where it was trained; and the case that asked for it: classes that differ only where a crop doesn't look.
BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"

    # Wide pictures whose classes differ in the left quarter, which Crop cuts away from a square.
    foreach ($class in 'a', 'b') {
        $null = [System.IO.Directory]::CreateDirectory("$TestDrive/edge/$class")
        foreach ($i in 0..19) {
            New-ImageFile "$TestDrive/edge/$class/$i.bmp" -Height 16 -Width 48 -Seed (100 * ($class -eq 'b') + $i)
            $bytes = [System.IO.File]::ReadAllBytes("$TestDrive/edge/$class/$i.bmp")
            foreach ($row in 0..15) { [Array]::Fill($bytes, [byte] (255 * ($class -eq 'a')), 54 + 144 * $row, 36) }
            [System.IO.File]::WriteAllBytes("$TestDrive/edge/$class/$i.bmp", $bytes)
        }
    }
    $data = Import-ImageDataset "$TestDrive/edge" -Resize Stretch
    $model = New-SmallModel -InputShape 16 | Add-ClassifierHead -ClassCount 2 -Pooling Flatten | Set-FreezeMode Inference
    $null = $model | Invoke-FineTune -Dataset $data -Epochs 30 -Optimizer Adam -LearningRate 0.01
    $file = "$TestDrive/edge.safetensors"
    $null = $model | Export-TransferModel $file
    $pictures = [System.IO.Directory]::GetFiles([System.IO.Path]::GetFullPath("$TestDrive/edge"), '*.bmp', 'AllDirectories')

    # The share of pictures whose predicted class is their folder.
    function Get-Share($Model) {
        $right = @($pictures | Invoke-Prediction -Model $Model | Where-Object { $_.Class -eq [System.IO.Path]::GetFileName([System.IO.Path]::GetDirectoryName($_.Path)) })
        $right.Count / $pictures.Count
    }
}

Describe 'What was trained is what is used' {
    It 'in predictions over the very same files' {
        $accuracy = (Measure-TransferModel -Model $model -Dataset $data).Accuracy
        $accuracy | Should -BeGreaterThan 0.95
        Get-Share $model | Should -Be $accuracy
    }

    It 'after export and import, with images imported plainly' {
        $loaded = Import-TransferModel $file
        $loaded.Resize | Should -Be 'Stretch'
        Get-Share $loaded | Should -Be (Get-Share $model)
        (Measure-TransferModel -Model $loaded -Dataset (Import-ImageDataset "$TestDrive/edge")).Accuracy | Should -Be (Get-Share $model)
    }

    It 'or is refused, where images were imported by another rule' {
        $fault = Get-Fault { Measure-TransferModel -Model $model -Dataset (Import-ImageDataset "$TestDrive/edge" -Resize Crop) }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.MeasureTransferModel'
        $fault.Exception.Message | Should -BeLike "*'edge' was imported with -Resize Crop, but the model learnt from pictures brought to size by Stretch*Import it without -Resize*"
    }
}

Describe 'Test-Deployment' {
    It 'passes where nothing has changed' {
        $report = Test-Deployment $file (Import-ImageDataset "$TestDrive/edge")
        $report.Passed | Should -BeTrue
        $report.Link | Should -Be 'None'
        $report.Count, $report.FoundCount, $report.SamePixelsCount, $report.SameClassCount | Should -Be 32, 32, 32, 32
        $report.LargestDifference | Should -Be 0
        $report.AccuracyHere | Should -Be $report.AccuracyThere
        $report.Pictures | Should -HaveCount 32
    }

    It 'is true or false with -Quiet' {
        Test-Deployment $file $data -Quiet | Should -BeTrue
        Get-ChildItem $file | Test-Deployment -Dataset $data -Quiet | Should -BeTrue
        New-ImageFolder "$TestDrive/others" -Class a, b -Count 2 -Height 16 -Width 48
        Test-Deployment $file (Import-ImageDataset "$TestDrive/others") -Quiet | Should -BeFalse
    }

    It 'names the link that differs' {
        $others = Import-ImageDataset "$TestDrive/others"
        $report = Test-Deployment $file $others
        $report.Link | Should -Be 'Pictures'
        $report.Explanation | Should -BeLike "32 of 32 reference pictures aren't in the data set*a/0.bmp*"
        $report.LargestDifference | Should -BeNullOrEmpty
    }

    It 'refuses a model that keeps no answers' {
        $null = New-SmallModel 2 -InputShape 16 | Export-TransferModel "$TestDrive/untrained.safetensors"
        $fault = Get-Fault { Test-Deployment "$TestDrive/untrained.safetensors" $data }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.TestDeployment'
        $fault.Exception.Message | Should -BeLike '*untrained.safetensors: this model keeps no reference answers*Invoke-FineTune*'
    }

    It 'refuses a tolerance that is none' {
        (Get-Fault { Test-Deployment $file $data -Tolerance 2 }).Exception.Message | Should -BeLike '*-Tolerance*from 0 to 1, not 2*'
    }
}
