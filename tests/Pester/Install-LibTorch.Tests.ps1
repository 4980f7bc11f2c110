BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $before = $env:PSTRANSFER_CACHE, $env:PSTRANSFER_LIBTORCH
    $env:PSTRANSFER_CACHE = [System.IO.Path]::GetFullPath("$TestDrive/cache")
    $env:PSTRANSFER_LIBTORCH = $null
    $store = [System.IO.Path]::Combine($env:PSTRANSFER_CACHE, 'libtorch')

    # A folder in which NuGet finds these feeds and no others. No test may reach a network.
    function New-FeedFolder([string] $Name, [string] $Feed) {
        $folder = [System.IO.Directory]::CreateDirectory("$TestDrive/$Name").FullName
        $add = if ($Feed) { "<add key=`"nearby`" value=`"$Feed`" />" }
        [System.IO.File]::WriteAllText("$folder/nuget.config", "<configuration><packageSources><clear/>$add</packageSources><packageSourceMapping><clear/></packageSourceMapping></configuration>")
        $folder
    }

    # The error of a cmdlet that runs in a folder.
    function Get-FaultIn([string] $Folder, [scriptblock] $Action) {
        Push-Location -LiteralPath $Folder
        try { Get-Fault $Action } finally { Pop-Location }
    }
}

AfterAll {
    $env:PSTRANSFER_CACHE, $env:PSTRANSFER_LIBTORCH = $before
}

Describe 'Install-LibTorch' {
    Context '-WhatIf' {
        It 'says what is fetched, from where, and how much room it takes, and does nothing' {
            $process = Invoke-NewProcess "Import-Module '$root/PSTransfer.psd1'; `$env:PSTRANSFER_CACHE = '$env:PSTRANSFER_CACHE'; Install-LibTorch -WhatIf"
            $process.Error | Should -BeNullOrEmpty
            ($process.Output -replace '\s+', ' ') | Should -BeLike '*Install libtorch 2.10.0 for *: fetch libtorch-cpu-* 2.10.0 (* MB) from the NuGet feeds of this machine (*) and unpack it (* MB on disk)*'
            $store | Should -Not -Exist
        }
    }

    Context 'from the libraries of a clone' {
        BeforeAll {
            $said, $installed = (Install-LibTorch -Path "$root/bin/Dependencies" -WarningVariable warned -WarningAction SilentlyContinue 6>&1).Where({ $_ -is [System.Management.Automation.InformationRecord] }, 'Split')
            $installed = $installed[0]
        }

        It 'installs those that are needed, for this user, version and platform' {
            $installed.Version | Should -BeExactly '2.10.0'
            $installed.Build | Should -BeExactly 'cpu'
            $installed.Path | Should -Be ([System.IO.Path]::Combine($store, "2.10.0-$($installed.Platform)"))
            $names = @([System.IO.Directory]::GetFiles($installed.Path) | ForEach-Object { [System.IO.Path]::GetFileName($_) })
            @($names -match 'torch_cpu') | Should -HaveCount 1
            @($names -match 'SkiaSharp|LibTorchSharp|python|PSTransfer') | Should -HaveCount 0
            $installed.Bytes | Should -BeGreaterThan 100MB
        }

        It 'leaves what is installed, and says so' {
            $again, $told = (Install-LibTorch -Path "$root/bin/Dependencies" -Verbose 4>&1).Where({ $_ -isnot [System.Management.Automation.VerboseRecord] }, 'Split')
            $again.Path | Should -Be $installed.Path
            "$told" | Should -BeLike "*is installed in *; -Force replaces it."
        }

        It 'says what it does where nobody asked' {
            "$said" | Should -BeLike 'Install libtorch 2.10.0 for *: copy the libraries of libtorch 2.10.0 from * MB on disk)'
        }

        It 'warns that a clone takes the libtorch of its build, and says how it takes this one' {
            "$warned" | Should -Be "This module is a clone whose build brought a libtorch of its own, in $([System.IO.Path]::Combine($root, 'bin', 'Dependencies')), and takes that. Let PSTRANSFER_LIBTORCH name $($installed.Path) to take the installed one."
        }

        It 'is whole: a new process computes with it' -Skip:(-not $IsLinux) {
            $process = Invoke-NewProcess "
                `$env:PSTRANSFER_LIBTORCH = '$($installed.Path)'
                Import-Module '$root/PSTransfer.psd1'
                (New-Backbone resnet20 -InputShape 8 -WarningAction SilentlyContinue).BatchNormCount
                [System.IO.File]::ReadAllText('/proc/self/maps').Contains('$($installed.Path)/libtorch_cpu.so')"
            $process.Error | Should -BeNullOrEmpty
            $process.Output -split '\r?\n' | Should -Be '21', 'True'
        }
    }

    Context 'Bad input' {
        BeforeAll {
            $env:PSTRANSFER_CACHE = [System.IO.Path]::GetFullPath("$TestDrive/other")
        }

        AfterEach {
            [System.IO.Directory]::GetDirectories([System.IO.Directory]::CreateDirectory("$TestDrive/other/libtorch").FullName) | Should -HaveCount 0
        }

        It 'is a feed without the package, or no feed' {
            $packages = [System.IO.Directory]::CreateDirectory("$TestDrive/packages").FullName
            $fault = Get-FaultIn (New-FeedFolder without $packages) { Install-LibTorch 6>$null }
            $fault.FullyQualifiedErrorId | Should -Be 'NotAvailable,PSTransfer.Commands.InstallLibTorch'
            $fault.Exception.Message | Should -BeLike "The package libtorch-cpu-* 2.10.0 can't be obtained: nearby ($packages) doesn't have it.*Install-LibTorch -Path."
            (Get-FaultIn (New-FeedFolder none) { Install-LibTorch 6>$null }).Exception.Message | Should -BeLike '*no feed is configured for it*'
        }

        It 'is a file that is another package' {
            [System.IO.File]::WriteAllText("$TestDrive/some.nupkg", 'PK')
            $fault = Get-Fault { Install-LibTorch -Path "$TestDrive/some.nupkg" 6>$null }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*some.nupkg: this is not the package libtorch-cpu-*.2.10.0.nupkg as it was published: it has 2 bytes, but expected *'
        }

        It 'is a path without libtorch, or none' {
            (Get-Fault { Install-LibTorch -Path "$TestDrive/nosuch" }).FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
            (Get-Fault { Install-LibTorch -Path $TestDrive }).Exception.Message | Should -BeLike '*the folder has no *torch_cpu*'
        }

        It 'is a cache without a full path' {
            $good = $env:PSTRANSFER_CACHE
            try {
                $env:PSTRANSFER_CACHE = 'cache'
                (Get-Fault { Install-LibTorch }).Exception.Message | Should -BeLike 'cache: the variable PSTRANSFER_CACHE must hold the full path*'
            }
            finally { $env:PSTRANSFER_CACHE = $good }
        }
    }
}
