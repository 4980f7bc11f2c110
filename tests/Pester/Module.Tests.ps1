BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $manifest = [System.IO.Path]::Combine($root, 'PSTransfer.psd1')

    # What a script gives in a runspace of its own, which has nothing but the engine at first.
    function Invoke-Runspace([string] $Script) {
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try { $shell.AddScript($Script).AddArgument($manifest).Invoke() } finally { $shell.Dispose() }
    }

    function Get-CoreAssembly {
        # The first call that needs Core loads it.
        $null = Get-Backbone resnet20
        [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'PSTransfer.Core' }
    }
}

Describe 'The module' {
    Context 'its commands' {
        It 'are these 30 cmdlets and nothing else' {
            $exported = (Get-Module PSTransfer).ExportedCommands.Values
            $exported | Should -HaveCount 30
            @($exported | Where-Object CommandType -NE 'Cmdlet') | Should -HaveCount 0
            [string[]] $names = $exported.Name
            [Array]::Sort($names, [StringComparer]::Ordinal)
            $names | Should -Be @(
                'Add-ClassifierHead', 'Compare-FreezeMode', 'Copy-TransferModel', 'Export-ImageManifest', 'Export-TrainingReport', 'Export-TransferModel', 'Find-LearningRate', 'Get-Backbone', 'Get-ComputeDevice',
                'Get-ImageFeature', 'Get-ModelLayer', 'Import-ImageDataset', 'Import-TransferModel', 'Install-LibTorch', 'Invoke-Experiment', 'Invoke-FineTune', 'Invoke-Prediction',
                'Measure-BatchNormDrift', 'Measure-TransferModel', 'New-Backbone', 'New-Experiment', 'Repair-BatchNorm', 'Save-BackboneWeight', 'Set-FreezeMode', 'Show-Augmentation',
                'Split-ImageDataset', 'Test-Deployment', 'Test-Experiment', 'Test-LearningPhase', 'Uninstall-LibTorch')
        }

        It 'ask before they write, train and download: <Name> has -WhatIf and -Confirm' -ForEach @{ Name = 'Export-ImageManifest' }, @{ Name = 'Export-TrainingReport' }, @{ Name = 'Export-TransferModel' }, @{ Name = 'Find-LearningRate' }, @{ Name = 'Install-LibTorch' }, @{ Name = 'Invoke-Experiment' }, @{ Name = 'Invoke-FineTune' }, @{ Name = 'New-Experiment' }, @{ Name = 'Save-BackboneWeight' }, @{ Name = 'Show-Augmentation' }, @{ Name = 'Uninstall-LibTorch' } {
            (Get-Command $Name).Parameters.ContainsKey('WhatIf') | Should -BeTrue
            (Get-Command $Name).Parameters.ContainsKey('Confirm') | Should -BeTrue
        }
    }

    Context 'its import' {
        It 'can be repeated, also with -Force' {
            Invoke-Runspace 'param($m) Import-Module $m; Import-Module $m; Import-Module $m -Force; (Get-Backbone resnet20).Name' | Should -Be 'resnet20'
        }

        It 'works again after a removal, and models live on meanwhile' {
            Invoke-Runspace '
                param($m)
                Import-Module $m
                $model = New-Backbone resnet20 -InputShape 8 -WarningAction SilentlyContinue
                Remove-Module PSTransfer
                $model.BatchNormCount
                Import-Module $m
                ($model | Copy-TransferModel).BatchNormCount' | Should -Be 21, 21
        }

        It 'is not undone by a removal in another runspace' {
            $null = Invoke-Runspace 'param($m) Import-Module $m; $null = Get-Backbone; Remove-Module PSTransfer'
            (New-SmallModel -InputShape 8).BatchNormCount | Should -Be 21
        }

        It 'gives all runspaces the same types, so that models can be handed over' {
            $model = @(Invoke-Runspace 'param($m) Import-Module $m; New-Backbone resnet20 -InputShape 8 -WarningAction SilentlyContinue')[0].PSObject.BaseObject
            $model | Should -BeOfType ([PSTransfer.TransferModel])
            ($model | Add-ClassifierHead -ClassCount 2 | Get-ModelLayer)[-1].Name | Should -Be 'head.logits'
        }

        It 'works in <_>' -ForEach 'Start-ThreadJob', 'Start-Job' {
            if (-not (Get-Module -ListAvailable Microsoft.PowerShell.ThreadJob)) { Set-ItResult -Skipped -Because "this PowerShell comes without pwsh's own modules and program, which $_ needs" }
            $job = & $_ { param($m) Import-Module $m; (Get-Backbone resnet20).Name } -ArgumentList $manifest
            Receive-Job $job -Wait -AutoRemoveJob -ErrorAction Stop | Should -Be 'resnet20'
        }

        It 'works beside a module that has loaded another <Assembly>' -ForEach @(
            @{ Assembly = 'YamlDotNet'; File = 'yamldotnet/16.3.0/lib/net8.0/YamlDotNet.dll' }
            @{ Assembly = 'SkiaSharp'; File = 'skiasharp/3.119.0/lib/net8.0/SkiaSharp.dll' }
        ) {
            $other = Join-Path ($env:NUGET_PACKAGES ?? (Join-Path $HOME '.nuget/packages')) $File
            if (-not (Test-Path $other)) { Set-ItResult -Skipped -Because "there is no $other, which a build of tests/PSTransfer.Pester.Tests fetches" }
            New-ImageFolder "$TestDrive/beside"
            $process = Invoke-NewProcess "
                Add-Type -Path '$other'
                Import-Module '$manifest'
                (Test-Experiment '$root/examples/experiment.yml').Valid
                (Get-ChildItem '$TestDrive/beside' -Recurse -File | Get-ImageFeature -Model (New-Backbone resnet20 -InputShape 8 -WarningAction SilentlyContinue)).Count
                [System.AppDomain]::CurrentDomain.GetAssemblies().Where({ `$_.GetName().Name -eq '$Assembly' }).Count"
            $process.Error | Should -BeNullOrEmpty
            $process.Output -split '\r?\n' | Should -Be 'True', '8', '2'
        }

        It 'doesn''t load libtorch; the first model does' -Skip:(-not $IsLinux) {
            $process = Invoke-NewProcess "
                Import-Module '$manifest'
                [System.IO.File]::ReadAllText('/proc/self/maps').Contains('libtorch_cpu')
                `$null = New-Backbone resnet20 -InputShape 8 -WarningAction SilentlyContinue
                [System.IO.File]::ReadAllText('/proc/self/maps').Contains('libtorch_cpu')"
            $process.Error | Should -BeNullOrEmpty
            $process.ExitCode | Should -Be 0
            $process.Output -split '\r?\n' | Should -Be 'False', 'True'
        }
    }

    Context 'its isolation' {
        It 'has Core once, in a load context of its own' {
            $core = @(Get-CoreAssembly)
            $core | Should -HaveCount 1
            $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($core[0])
            $context.Name | Should -Be 'PSTransfer'
            [object]::ReferenceEquals($context, [System.Runtime.Loader.AssemblyLoadContext]::Default) | Should -BeFalse
        }

        It 'has <Name> there too, and not in the default context' -ForEach @{ Name = 'TorchSharp' }, @{ Name = 'Sep' }, @{ Name = 'SkiaSharp' }, @{ Name = 'YamlDotNet' } {
            New-ImageFile "$TestDrive/one.bmp" -Height 8 -Width 8
            $null = Get-ImageFeature -Model (New-SmallModel -InputShape 8) -Path "$TestDrive/one.bmp"
            $null = Test-Experiment "$root/examples/experiment.yml"
            [System.IO.File]::WriteAllText("$TestDrive/table.csv", "Path,Label`none.bmp,x`n")
            $null = Import-ImageDataset "$TestDrive/table.csv"
            $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext(@(Get-CoreAssembly)[0])
            @($context.Assemblies | Where-Object { $_.GetName().Name -eq $Name }) | Should -HaveCount 1
            @([System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies | Where-Object { $_.GetName().Name -eq $Name }) | Should -HaveCount 0
        }

        It 'has its cmdlets beside Core''s folder, and PowerShell''s own assemblies nowhere' {
            $files = [System.IO.Directory]::GetFiles("$root/bin", '*.dll') | ForEach-Object { [System.IO.Path]::GetFileName($_) }
            $files | Sort-Object | Should -Be 'PSTransfer.Choices.dll', 'PSTransfer.Cmdlets.dll'
            "$root/bin/Dependencies/PSTransfer.Core.dll" | Should -Exist
            [System.IO.Directory]::GetFiles("$root/bin", 'System.Management.Automation*', 'AllDirectories') | Should -HaveCount 0
        }
    }

    Context 'its parts' {
        It 'have one version' {
            $version = (Get-Module PSTransfer).Version
            @(Get-CoreAssembly)[0].GetName().Version.ToString(3) | Should -Be $version.ToString()
            [PSTransfer.TransferModel].Assembly.GetName().Version.ToString(3) | Should -Be $version.ToString()
        }

        It 'share the enums of parameters: what Core gives is what a parameter takes' {
            $choices = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'PSTransfer.Choices' }
            $choices | Should -HaveCount 1
            $layer = New-SmallModel | Set-FreezeMode Legacy | Get-ModelLayer | Select-Object -First 1
            $layer.FreezeMode | Should -BeOfType ([PSTransfer.FreezeMode])
            $layer.FreezeMode.GetType().Assembly | Should -Be $choices
        }

        It 'have views for types that exist' {
            $core = @(Get-CoreAssembly)[0]
            $views = [xml] [System.IO.File]::ReadAllText("$root/PSTransfer.Format.ps1xml")
            $names = @($views.SelectNodes('//ViewSelectedBy/TypeName') | ForEach-Object { $_.InnerText })
            $names.Count | Should -BeGreaterThan 5
            foreach ($name in $names) {
                ([PSTransfer.TransferModel].Assembly.GetType($name) ?? $core.GetType($name)) | Should -Not -BeNullOrEmpty -Because "$name has a view"
            }
        }

        It 'show a model as its contract says' {
            $process = Invoke-NewProcess "Import-Module '$manifest'; New-Backbone resnet20 -InputShape 8 -WarningAction SilentlyContinue | Add-ClassifierHead -ClassCount 2"
            $process.Error | Should -BeNullOrEmpty
            foreach ($label in 'Name', 'Backbone', 'InputShape', 'Classes', 'Device', 'TotalParameters', 'TrainableParameters', 'FreezeMode', 'BatchNormCount') {
                $process.Output | Should -Match "(?m)^$label +:"
            }
        }
    }

    Context 'in parallel' {
        It 'trains two models at once, with the results of each alone' {
            New-IdxFolder "$TestDrive/idx" -Label ((0, 5) * 8) -Side 8
            $work = {
                param($Manifest, $Folder, $Seed)
                Import-Module $Manifest
                $data = Import-ImageDataset $Folder -Class 0, 5
                $model = New-Backbone resnet20 -InputShape 8 -Seed $Seed -WarningAction SilentlyContinue |
                    Add-ClassifierHead -ClassCount 2 -Dropout 0.5 -Seed $Seed |
                    Set-FreezeMode None
                $result = Invoke-FineTune -Model $model -Dataset $data -BatchSize 8 -Epochs 3 -Augmentation Flip, Rotation -Seed $Seed -BatchNormMomentum 0.5
                [pscustomobject] @{ Seed = $Seed; Losses = $result.History.Loss; Report = "$(Test-LearningPhase -Model $model -Dataset $data)" }
            }
            $alone = foreach ($seed in 1, 2) { & $work $manifest "$TestDrive/idx" $seed }
            $text = "$work"
            $folder = "$TestDrive/idx"
            $together = 1, 2 | ForEach-Object -Parallel { & ([scriptblock]::Create($using:text)) $using:manifest $using:folder $_ } -ThrottleLimit 2
            $together | Should -HaveCount 2
            foreach ($one in $alone) {
                $other = $together | Where-Object Seed -EQ $one.Seed
                $other.Losses | Should -Be $one.Losses
                $other.Report | Should -Be $one.Report
            }
            $alone[0].Report | Should -Not -Be $alone[1].Report
        }
    }
}
