BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $before = $env:PSTRANSFER_CACHE
    $env:PSTRANSFER_CACHE = [System.IO.Path]::GetFullPath("$TestDrive/cache")
    $store = [System.IO.Path]::Combine($env:PSTRANSFER_CACHE, 'libtorch')

    # Folders as Install-LibTorch makes them, by name, with a file in each.
    function New-Installed([string[]] $Name) {
        foreach ($one in $Name) {
            $null = [System.IO.Directory]::CreateDirectory("$store/$one")
            [System.IO.File]::WriteAllText("$store/$one/libtorch_cpu.so", 'a library')
        }
    }

    function Get-Installed { @([System.IO.Directory]::GetDirectories($store) | ForEach-Object { [System.IO.Path]::GetFileName($_) } | Sort-Object) }
}

AfterAll { $env:PSTRANSFER_CACHE = $before }

Describe 'Uninstall-LibTorch' {
    It 'has nothing to do where nothing is installed' {
        Uninstall-LibTorch -All | Should -BeNullOrEmpty
        $store | Should -Not -Exist
    }

    It 'removes other versions, and leaves what is used and what is somebody else''s' {
        New-Installed '2.7.1-linux-x64', '2.10.0-linux-x64', '2.10.0-win-x64', 'notes'
        Uninstall-LibTorch | Should -BeNullOrEmpty
        Get-Installed | Should -Be '2.10.0-linux-x64', '2.10.0-win-x64', 'notes'
    }

    It 'removes all with -All' {
        New-Installed '2.7.1-linux-x64', '2.10.0-linux-x64', 'notes'
        Uninstall-LibTorch -All
        Get-Installed | Should -Be @('notes')
        [System.IO.Directory]::GetFiles($store) | Should -HaveCount 0
    }

    It 'does nothing with -WhatIf' {
        New-Installed '2.7.1-linux-x64'
        Uninstall-LibTorch -All -WhatIf
        Get-Installed | Should -Contain '2.7.1-linux-x64'
    }
}
