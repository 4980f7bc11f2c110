BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $quoted = $IsWindows ? "zebra, 'small'" : 'zebra, "small"' # Windows has no name with a double quote
    New-ImageFolder "$TestDrive/pets" -Class cat, dog, $quoted -Count 4
    $data = Import-ImageDataset "$TestDrive/pets"

    # Path, label and number of each image, in order.
    function Get-Line($Dataset) { foreach ($item in $Dataset.GetItems()) { "$($item.Path)|$($item.Label)|$($item.LabelNumber)" } }
}

Describe 'Export-ImageManifest' {
    It 'writes a table that is read as the same set' {
        $file = Export-ImageManifest -Dataset $data -Path "$TestDrive/all.csv"
        $file | Should -BeOfType 'System.IO.FileInfo'
        $file.FullName | Should -BeExactly ([System.IO.Path]::GetFullPath("$TestDrive/all.csv"))
        $again = Import-ImageDataset "$TestDrive/all.csv" -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        Get-Line $again | Should -Be (Get-Line $data)
    }

    It 'has paths from its own folder and the columns Path, Label and LabelNumber' {
        $null = Import-ImageDataset "$TestDrive/pets" -Class dog, cat -SamplesPerClass 1 -First | Export-ImageManifest "$TestDrive/pets/first.csv"
        [System.IO.File]::ReadAllText("$TestDrive/pets/first.csv") | Should -BeExactly "Path,Label,LabelNumber`ndog/0.bmp,dog,0`ncat/0.bmp,cat,1`n"
    }

    It 'keeps the <Part> part of a split, and the order of classes' -ForEach @{ Part = 'Training' }, @{ Part = 'Validation' } {
        $set = (Import-ImageDataset "$TestDrive/pets" -Class $quoted, cat | Split-ImageDataset 0.25 -Seed 7).$Part
        $null = $set | Export-ImageManifest "$TestDrive/$Part.csv"
        $again = Import-ImageDataset "$TestDrive/$Part.csv"
        $again.Classes | Should -Be $set.Classes
        Get-Line $again | Should -Be (Get-Line $set)
        Get-Line (Import-Csv "$TestDrive/$Part.csv" | Import-ImageDataset -BasePath $TestDrive) | Should -Be (Get-Line $set)
    }

    It 'replaces a file with -Force only' {
        [System.IO.File]::WriteAllText("$TestDrive/there.csv", 'mine')
        $fault = Get-Fault { $data | Export-ImageManifest "$TestDrive/there.csv" }
        $fault.FullyQualifiedErrorId | Should -Be 'AlreadyExists,PSTransfer.Commands.ExportImageManifest'
        [System.IO.File]::ReadAllText("$TestDrive/there.csv") | Should -BeExactly 'mine'
        $null = $data | Export-ImageManifest "$TestDrive/there.csv" -Force
        (Import-ImageDataset "$TestDrive/there.csv").Count | Should -Be 12
    }

    It 'writes nothing with -WhatIf' {
        $data | Export-ImageManifest "$TestDrive/whatif.csv" -WhatIf | Should -BeNullOrEmpty
        [System.IO.File]::Exists("$TestDrive/whatif.csv") | Should -BeFalse
    }

    It 'refuses a name of another format' {
        $fault = Get-Fault { $data | Export-ImageManifest "$TestDrive/m.json" }
        $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        $fault.Exception.Message | Should -BeLike "-Path is written as CSV and needs a name that ends in .csv, not 'm.json'."
    }

    It 'refuses images that have no file each' {
        New-CifarFile "$TestDrive/cifar.bin" -Label 3, 5
        $fault = Get-Fault { Import-ImageDataset "$TestDrive/cifar.bin" | Export-ImageManifest "$TestDrive/cifar.csv" }
        $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        $fault.Exception.Message | Should -BeLike "the images of 'cifar.bin' lie in *cifar.bin and have no file each*"
        [System.IO.File]::Exists("$TestDrive/cifar.csv") | Should -BeFalse
    }
}
