BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/photos" -Count 3
    $photos = Import-ImageDataset "$TestDrive/photos" -ImageSize 16

    # Width and height stand in a PNG's first chunk, high byte first.
    function Get-PngSize([string] $Path) {
        $bytes = [System.IO.File]::ReadAllBytes($Path)
        foreach ($start in 16, 20) { $bytes[$start + 2] * 256 + $bytes[$start + 3] }
    }
}

Describe 'Show-Augmentation' {
    It 'writes a PNG with a row for each image and gives the file' {
        $file = $photos | Show-Augmentation "$TestDrive/sheet.png" -Augmentation Standard -Count 3
        $file | Should -BeOfType 'System.IO.FileInfo'
        $file.FullName | Should -BeExactly ([System.IO.Path]::GetFullPath("$TestDrive/sheet.png"))
        [System.IO.File]::ReadAllBytes($file.FullName)[1..3] | Should -Be @(80, 78, 71)
        # Cells of 128, 4 between them, 12 beside the originals.
        Get-PngSize $file.FullName | Should -Be @((4 + 8 * 132 + 8), (4 + 3 * 132))
    }

    It 'shows four images unless told otherwise' {
        $file = Show-Augmentation -Dataset $photos -Path "$TestDrive/four.png" -Augmentation Flip
        (Get-PngSize $file.FullName)[1] | Should -Be (4 + 4 * 132)
    }

    It 'takes a folder imported without a size' {
        $file = Import-ImageDataset "$TestDrive/photos" | Show-Augmentation "$TestDrive/large.png" -Augmentation Light -Count 1
        Get-PngSize $file.FullName | Should -Be @((4 + 8 * 228 + 8), 232)
    }

    It 'is the same picture for the same seed and epoch, another for another <Name>' -ForEach @(
        @{ Name = 'seed'; Other = @{ Seed = 1 } }
        @{ Name = 'epoch'; Other = @{ Epoch = 20 } }
    ) {
        $hashes = foreach ($setting in @{}, @{ Seed = 42; Epoch = 1 }, $Other) {
            $file = $photos | Show-Augmentation "$TestDrive/hash.png" -Augmentation Strong, Mixup -Force @setting
            [Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([System.IO.File]::ReadAllBytes($file.FullName)))
        }
        $hashes[1] | Should -BeExactly $hashes[0]
        $hashes[2] | Should -Not -Be $hashes[0]
    }

    It 'writes nothing with -WhatIf' {
        $photos | Show-Augmentation "$TestDrive/whatif.png" -Augmentation Flip -WhatIf | Should -BeNullOrEmpty
        [System.IO.File]::Exists("$TestDrive/whatif.png") | Should -BeFalse
    }

    It 'leaves a file that is there alone without -Force' {
        [System.IO.File]::WriteAllText("$TestDrive/there.png", 'precious')
        $fault = Get-Fault { $photos | Show-Augmentation "$TestDrive/there.png" -Augmentation Flip }
        $fault.Exception.Message | Should -BeLike '*exists*-Force*'
        [System.IO.File]::ReadAllText("$TestDrive/there.png") | Should -BeExactly 'precious'
        $null = $photos | Show-Augmentation "$TestDrive/there.png" -Augmentation Flip -Force
        [System.IO.FileInfo]::new("$TestDrive/there.png").Length | Should -BeGreaterThan 1000
    }

    It 'refuses -<Parameter> <Value>' -ForEach @(
        @{ Parameter = 'Count'; Value = 0; Message = '*-Count must be 1 to 16, not 0*' }
        @{ Parameter = 'Epoch'; Value = 0; Message = '*-Epoch must be at least 1*' }
        @{ Parameter = 'Augmentation'; Value = 'Rotaton'; Message = "*'Rotaton'*Did you mean 'Rotation'?*" }
        @{ Parameter = 'Path'; Value = 'refused.jpg'; Message = "-Path is written as PNG and needs a name that ends in .png, not 'refused.jpg'." }
        @{ Parameter = 'Path'; Value = 'refused'; Message = "-Path is written as PNG and needs a name that ends in .png, not 'refused'." }
    ) {
        $arguments = @{ Augmentation = 'Flip'; Path = "$TestDrive/refused.png" }
        $arguments[$Parameter] = $Parameter -eq 'Path' ? "$TestDrive/$Value" : $Value
        $fault = Get-Fault { $photos | Show-Augmentation @arguments }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.ShowAugmentation'
        $fault.Exception.Message | Should -BeLike $Message
        [System.IO.Directory]::GetFiles($TestDrive, 'refused*') | Should -HaveCount 0
    }

    It 'names a folder that is missing' {
        (Get-Fault { $photos | Show-Augmentation "$TestDrive/none/sheet.png" -Augmentation Flip }).Exception.Message | Should -BeLike "*none*doesn't exist*"
    }

    It 'completes the names of sets and changes' {
        $line = 'Show-Augmentation -Augmentation St'
        (TabExpansion2 $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Be 'Standard', 'Strong'
    }
}
