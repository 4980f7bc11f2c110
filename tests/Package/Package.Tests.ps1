# The package as people get it: published to a repository in a folder, installed by a PowerShell that has nothing but an empty home folder,
# and used. Needs out/PSTransfer.<version>.nupkg (build.ps1 -Task Package) and the libtorch of a build in bin/Dependencies. Takes half a minute, or two on a busy machine.
BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $package = Get-Item "$root/out/PSTransfer.*.nupkg" | Sort-Object LastWriteTime | Select-Object -Last 1
    if (-not $package) { throw 'There is no package: run build.ps1 -Task Package first.' }
    $homeFolder = [System.IO.Directory]::CreateDirectory("$TestDrive/home").FullName
    $repository = [System.IO.Directory]::CreateDirectory("$TestDrive/repository").FullName

    # What a script writes in a PowerShell of its own, with an empty home folder and no variable of ours.
    function Invoke-FreshPwsh([string] $Command, [string] $File) {
        $start = [System.Diagnostics.ProcessStartInfo]::new()
        # The dotnet tool is a pwsh.dll without a program of that name.
        $program = "$PSHOME/pwsh$($IsWindows ? '.exe' : '')"
        $start.FileName = (Test-Path $program) ? $program : 'dotnet'
        if (-not (Test-Path $program)) { $start.ArgumentList.Add("$PSHOME/pwsh.dll") }
        foreach ($one in @('-NoProfile') + ($File ? @('-File', $File) : @('-Command', $Command))) { $start.ArgumentList.Add($one) }
        foreach ($name in 'PSModulePath', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'PSTRANSFER_CACHE', 'PSTRANSFER_LIBTORCH', 'PSTRANSFER_MIRROR') { $null = $start.Environment.Remove($name) }
        foreach ($name in 'HOME', 'USERPROFILE', 'LOCALAPPDATA', 'APPDATA') { $start.Environment[$name] = $homeFolder }
        $start.Environment['NO_COLOR'] = '1'
        $start.WorkingDirectory = $TestDrive
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output.Trim(); Error = $errors.Result.Trim() }
    }
}

Describe 'The package' {
    It 'is thin, and has the native libraries of all platforms but no libtorch' {
        $package.Length | Should -BeLessThan 40e6
        $zip = [System.IO.Compression.ZipFile]::OpenRead($package)
        try { $names = @($zip.Entries.FullName) } finally { $zip.Dispose() }
        foreach ($platform in 'linux-x64', 'win-x64', 'win-arm64', 'osx-arm64') {
            @($names -like "bin/Dependencies/runtimes/$platform/native/*LibTorchSharp.*") | Should -HaveCount 1
            @($names -like "bin/Dependencies/runtimes/$platform/native/libSkiaSharp.*") | Should -HaveCount 1
        }
        @($names -match 'torch_cpu|c10|iomp|libtorch-cpu|\.pdb$|deps\.json$') | Should -HaveCount 0
        foreach ($wanted in 'PSTransfer.psd1', 'PSTransfer.sha256', 'PSTransfer.cdx.json', 'SECURITY.md', 'LICENSE', 'examples/frozen-batchnorm.ps1', 'assets/resnet20-fashion.safetensors', 'schema/experiment.schema.json', 'en-US/PSTransfer.Cmdlets.dll-Help.xml') {
            $names | Should -Contain $wanted
        }
    }

    It 'is published to a repository in a folder and installed from there' {
        $run = Invoke-FreshPwsh "
            `$ErrorActionPreference = 'Stop'
            Register-PSResourceRepository -Name nearby -Uri '$repository' -Trusted
            Publish-PSResource -NupkgPath '$package' -Repository nearby
            Install-PSResource PSTransfer -Repository nearby
            (Get-Module PSTransfer -ListAvailable).ModuleBase"
        $run.Error | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $run.Output.StartsWith($homeFolder) | Should -BeTrue -Because $run.Output
    }

    It 'has a manifest without fault, with release notes' {
        $run = Invoke-FreshPwsh '
            $module = Get-Module PSTransfer -ListAvailable
            $data = (Test-ModuleManifest "$($module.ModuleBase)/PSTransfer.psd1").PrivateData.PSData
            $data.ReleaseNotes.Length -gt 100
            $data.Contains("ProjectUri")
            $data.Contains("IconUri")'
        $run.Error | Should -BeNullOrEmpty
        $run.Output -split '\r?\n' | Should -Be 'True', 'False', 'False'
    }

    It 'has the files that its list of hashes names, and no others' {
        $run = Invoke-FreshPwsh '
            $folder = (Get-Module PSTransfer -ListAvailable)[0].ModuleBase
            $listed = Get-Content $folder/PSTransfer.sha256
            $listed.Count -gt 50
            $listed | Where-Object {
                $hash, $name = $_ -split "  ", 2
                (Get-FileHash $folder/$name).Hash -ne $hash
            }
            $names = $listed | ForEach-Object { ($_ -split "  ", 2)[1] }
            Get-ChildItem $folder -Recurse -File | ForEach-Object { [System.IO.Path]::GetRelativePath($folder, $_.FullName).Replace("\", "/") } |
                Where-Object { $_ -notin $names -and $_ -notin "PSTransfer.sha256", "PSGetModuleInfo.xml" }'
        $run.Error | Should -BeNullOrEmpty
        $run.Output | Should -Be 'True'
    }

    It 'names the one command where libtorch is missing' {
        $run = Invoke-FreshPwsh 'Import-Module PSTransfer; try { New-Backbone resnet20 -WarningAction SilentlyContinue } catch { $_.FullyQualifiedErrorId; $_.Exception.Message }'
        $run.Error | Should -BeNullOrEmpty
        $id, $message = $run.Output -split '\r?\n'
        $id | Should -Be 'NotAvailable,PSTransfer.Commands.NewBackbone'
        $message | Should -BeLike 'libtorch 2.10.0 is not installed (looked in *): run Install-LibTorch once, which says what it fetches and how much room that takes.'
    }

    It 'gets libtorch from a folder' {
        $run = Invoke-FreshPwsh "Import-Module PSTransfer; (Install-LibTorch -Path '$root/bin/Dependencies' -WarningVariable warned).Path; `$warned.Count"
        $run.Error | Should -BeNullOrEmpty
        $lines = $run.Output -split '\r?\n'
        $lines[-2].StartsWith($homeFolder) | Should -BeTrue -Because $run.Output
        $lines[-1] | Should -Be '0'
    }

    It 'reads pictures' {
        . "$root/tests/Pester/TestData.ps1"
        New-ImageFile "$TestDrive/one.bmp"
        $run = Invoke-FreshPwsh "Import-Module PSTransfer; (New-Backbone resnet20 -InputShape 16 -WarningAction SilentlyContinue | ForEach-Object { Get-ImageFeature '$TestDrive/one.bmp' -Model `$_ }).Feature.Count"
        $run.Error | Should -BeNullOrEmpty
        $run.Output | Should -Be '64'
    }

    It 'trains, and prints the table of the README, from its own folder' {
        $installed = (Invoke-FreshPwsh '(Get-Module PSTransfer -ListAvailable)[0].ModuleBase').Output
        $run = Invoke-FreshPwsh -File "$installed/examples/frozen-batchnorm.ps1"
        $run.Error | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        foreach ($row in Get-Content "$root/README.md" | Where-Object { $_ -match '^\| `(Legacy|Inference)`' }) {
            $figures = [regex]::Matches($row, '0\.\d{3}|1\.000').Value
            $figures | Should -HaveCount 3
            $run.Output | Should -Match ($figures.ForEach({ [regex]::Escape($_) }) -join '[^\r\n]*')
        }
    }

    It 'is removed again' {
        $run = Invoke-FreshPwsh '
            $ErrorActionPreference = "Stop"
            Import-Module PSTransfer
            Uninstall-LibTorch -All
            Remove-Module PSTransfer
            Uninstall-PSResource PSTransfer
            @(Get-Module PSTransfer -ListAvailable).Count
            Get-ChildItem $HOME -Recurse -Force -File | Where-Object Name -Match "torch" | ForEach-Object Name'
        $run.Error | Should -BeNullOrEmpty
        $run.Output | Should -Be '0'
    }
}
