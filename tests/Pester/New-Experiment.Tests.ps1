BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $assets = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../assets")
}

Describe 'New-Experiment' {
    It 'writes a file that is valid apart from its paths' {
        $file = New-Experiment "$TestDrive/new.yml"
        $file | Should -BeOfType ([System.IO.FileInfo])
        (Test-Experiment $file.FullName).Errors.Key | Should -Be 'data.path'
        $bundled = "data.path=$assets/fashion-sample", 'data.class=[0, 5]', 'backbone.name=resnet20', 'backbone.weights=fashion', 'backbone.inputShape=28'
        (Test-Experiment $file.FullName -Set $bundled).Errors | Should -HaveCount 0
    }

    It 'names the schema for editors in the first line' {
        $null = New-Experiment "$TestDrive/new.yml" -Force
        $line = [System.IO.File]::ReadAllLines("$TestDrive/new.yml")[0]
        $line | Should -BeLike '# yaml-language-server: $schema=*'
        [System.IO.Path]::GetFullPath($line.Split('=')[1], $TestDrive) | Should -Exist
    }

    It 'replaces a file with -Force only' {
        $null = New-Experiment "$TestDrive/again.yml"
        (Get-Fault { New-Experiment "$TestDrive/again.yml" }).FullyQualifiedErrorId | Should -Be 'AlreadyExists,PSTransfer.Commands.NewExperiment'
        { New-Experiment "$TestDrive/again.yml" -Force } | Should -Not -Throw
    }

    It 'writes nothing with -WhatIf' {
        New-Experiment "$TestDrive/whatif.yml" -WhatIf | Should -BeNullOrEmpty
        "$TestDrive/whatif.yml" | Should -Not -Exist
    }
}
