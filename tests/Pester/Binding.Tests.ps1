# How all cmdlets take what they are given, and what they do when one item of several is wrong. Each table holds every cmdlet it concerns.
BeforeDiscovery {
    # By cmdlet: how one bad item and a good one are piped in, and how many outputs the good one gives.
    $piped = @(
        @{ Name = 'Add-ClassifierHead'; Good = { $headless | Copy-TransferModel }; Bad = { $gone }; With = @{ ClassCount = 2 } }
        @{ Name = 'Copy-TransferModel'; Good = { $model }; Bad = { $gone }; With = @{} }
        @{ Name = 'Export-ImageManifest'; Good = { $data }; Bad = { $split }; With = @{ Path = 'out.csv'; Force = $true } }
        @{ Name = 'Export-TransferModel'; Good = { $model }; Bad = { $gone }; With = @{ Path = "out.pst"; Force = $true } }
        @{ Name = 'Export-TrainingReport'; Good = { $model }; Bad = { $gone }; With = @{ Path = "out.json"; Force = $true; Dataset = 'data' } }
        @{ Name = 'Find-LearningRate'; Good = { $model }; Bad = { $gone }; With = @{ Dataset = 'data'; Steps = 10 } }
        @{ Name = 'Get-Backbone'; Good = { 'resnet20' }; Bad = { 'nosuch' }; With = @{} }
        @{ Name = 'Get-ImageFeature'; Good = { $image }; Bad = { 'nosuch:x' }; With = @{ Model = 'model' } }
        @{ Name = 'Get-ModelLayer'; Good = { $model }; Bad = { $gone }; With = @{ Name = 'conv1' } }
        @{ Name = 'Import-ImageDataset'; Good = { "$TestDrive/pets" }; Bad = { 'nosuch:x' }; With = @{} }
        @{ Name = 'Import-TransferModel'; Good = { "$TestDrive/good.pst" }; Bad = { "$TestDrive/cut.pst" }; With = @{} }
        @{ Name = 'Invoke-Experiment'; Good = { "$TestDrive/good.yml" }; Bad = { "$TestDrive/bad.yml" }; With = @{ WhatIf = $true }; Count = 0 }
        @{ Name = 'Invoke-FineTune'; Good = { $model }; Bad = { $gone }; With = @{ Dataset = 'data' } }
        @{ Name = 'Invoke-Prediction'; Good = { $image }; Bad = { 'nosuch:x' }; With = @{ Model = 'model' } }
        @{ Name = 'Measure-BatchNormDrift'; Good = { $model }; Bad = { $gone }; With = @{ Dataset = 'data' }; Count = 21 }
        @{ Name = 'Measure-TransferModel'; Good = { $model }; Bad = { $headless }; With = @{ Dataset = 'data' } }
        @{ Name = 'New-Backbone'; Good = { [pscustomobject]@{ Name = 'resnet20' } }; Bad = { [pscustomobject]@{ Name = 'nosuch' } }; With = @{} }
        @{ Name = 'Repair-BatchNorm'; Good = { $model }; Bad = { $gone }; With = @{ Dataset = 'data' } }
        @{ Name = 'Save-BackboneWeight'; Good = { 'mobilenet_v2' }; Bad = { 'nosuch' }; With = @{ WhatIf = $true }; Count = 0 }
        @{ Name = 'Set-FreezeMode'; Good = { $model }; Bad = { $gone }; With = @{ Mode = 'None' } }
        @{ Name = 'Show-Augmentation'; Good = { $data }; Bad = { $unreadable }; With = @{ Path = 'out.png'; Force = $true; Augmentation = 'Flip' } }
        @{ Name = 'Split-ImageDataset'; Good = { $data }; Bad = { $single }; With = @{ Validation = 0.5 } }
        @{ Name = 'Test-Deployment'; Good = { "$TestDrive/trained.pst" }; Bad = { "$TestDrive/cut.pst" }; With = @{ Dataset = 'data' } }
        @{ Name = 'Test-Experiment'; Good = { "$TestDrive/good.yml" }; Bad = { 'nosuch:x' }; With = @{} }
        @{ Name = 'Test-LearningPhase'; Good = { $model }; Bad = { $headless }; With = @{ Dataset = 'data' } }
        @{ Name = 'Compare-FreezeMode'; Good = { $model }; Bad = { $headless }; With = @{ Dataset = 'data'; Mode = 'None'; Repair = 'None' } }
    )
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/pets" -Height 8 -Width 8
    New-ImageFolder "$TestDrive/single" -Class one -Count 1 -Height 8 -Width 8
    New-ImageFolder "$TestDrive/lost" -Height 8 -Width 8
    $data = Import-ImageDataset "$TestDrive/pets"
    $single = Import-ImageDataset "$TestDrive/single"
    $unreadable = Import-ImageDataset "$TestDrive/lost"
    [System.IO.Directory]::Delete("$TestDrive/lost", $true)
    $image = [System.IO.Path]::GetFullPath("$TestDrive/pets/dog/1.bmp")
    $headless = New-SmallModel -InputShape 8
    $model = New-SmallModel 2 -InputShape 8 | Set-FreezeMode Inference
    $gone = New-SmallModel -InputShape 8
    $gone.Dispose()
    $null = $model | Export-TransferModel "$TestDrive/good.pst"
    [System.IO.File]::WriteAllBytes("$TestDrive/cut.pst", [System.IO.File]::ReadAllBytes("$TestDrive/good.pst")[0..5000])
    $run = Invoke-FineTune -Model ($model | Copy-TransferModel) -Dataset $data -ValidationDataset $data -WarningAction SilentlyContinue
    $null = $run.Model | Export-TransferModel "$TestDrive/trained.pst"
    $split = $data | Split-ImageDataset 0.5
    [System.IO.File]::WriteAllText("$TestDrive/good.yml", "data: { path: pets }`nbackbone: { name: resnet20, inputShape: 8 }`nhead: { classCount: 2 }`n")
    [System.IO.File]::WriteAllText("$TestDrive/bad.yml", "nonsense: 1`n")

    function Get-Argument($With) {
        $arguments = @{}
        foreach ($key in $With.Keys) {
            $arguments[$key] = switch ($With[$key]) {
                'data' { , $data }
                'model' { , $model }
                default { if ($key -eq 'Path') { "$TestDrive/$_" } else { , $_ } }
            }
        }
        $arguments
    }
}

Describe 'Every cmdlet' {
    It 'that takes models takes what holds one' {
        [object]::ReferenceEquals([PSTransfer.TransferModel] $run, $run.Model) | Should -BeTrue
    }

    It 'that takes images says which part of a split it takes' {
        $said = foreach ($command in (Get-Module PSTransfer).ExportedCommands.Values) {
            foreach ($parameter in $command.Parameters.Values | Where-Object ParameterType -EQ ([PSTransfer.ImageDataset])) {
                @($parameter.Attributes | Where-Object { $_.GetType().Name -eq 'DatasetInputAttribute' }) | Should -HaveCount 1 -Because "$command -$($parameter.Name) needs [DatasetInput]"
                $parameter.Name
            }
        }
        $said | Should -Not -HaveCount 0
    }

    It 'that takes paths from a pipeline takes them from objects too' {
        $taken = foreach ($command in (Get-Module PSTransfer).ExportedCommands.Values) {
            # Where rows of a table are taken, an object with a path is a row.
            foreach ($parameter in $command.Parameters.Values | Where-Object { $_.Name -eq 'LiteralPath' -and -not $command.Parameters.ContainsKey('InputObject') }) {
                @($command.Parameters.Path.Attributes | Where-Object { $_ -is [System.Management.Automation.ArgumentTransformationAttribute] -and $_.GetType().Name -eq 'PathTextAttribute' }) |
                    Should -HaveCount 1 -Because "$command -Path needs [PathText]"
                $command.Name
            }
        }
        $taken | Should -HaveCount 6
    }

    It 'that takes a pipeline is in the table below' {
        $taking = (Get-Module PSTransfer).ExportedCommands.Values | Where-Object { $_.Parameters.Values.ParameterSets.Values.ValueFromPipeline -contains $true -or $_.Parameters.Values.ParameterSets.Values.ValueFromPipelineByPropertyName -contains $true }
        @($taking).Count | Should -Be 26
    }
}

Describe 'A fault of one item' {
    It 'is an error, and the others go on: <Name>' -ForEach $piped {
        $arguments = Get-Argument $With
        $out = @((& $Good), (& $Bad), (& $Good) | & $Name @arguments -ErrorVariable faults -ErrorAction SilentlyContinue -WarningAction SilentlyContinue -InformationAction Ignore)
        $out.Count | Should -Be (2 * ($Count ?? 1))
        @($faults | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }) | Should -HaveCount 1
    }

    It 'ends the pipeline where -Strict found it' {
        $trapped = New-SmallModel 2 -InputShape 8 | Set-FreezeMode Legacy
        { $trapped, $model | Invoke-FineTune -Dataset $data -Strict -ErrorAction SilentlyContinue } | Should -Throw
    }

    It 'ends a command that was given this one alone' {
        foreach ($alone in { Import-TransferModel "$TestDrive/cut.pst" -ErrorAction SilentlyContinue }, { Import-ImageDataset nosuch:x -ErrorAction SilentlyContinue }, { Copy-TransferModel $gone -ErrorAction SilentlyContinue }) {
            $alone | Should -Throw
        }
    }

    It 'lets the other files of a pattern go on' {
        @(Import-TransferModel "$TestDrive/[cg]*.pst" -ErrorAction SilentlyContinue -ErrorVariable faults) | Should -HaveCount 1
        $faults | Should -HaveCount 1
    }
}

Describe 'Paths' {
    It 'of an object with a property Path are literal' -ForEach @{ Command = 'Invoke-Prediction' }, @{ Command = 'Get-ImageFeature' } {
        $folder = [System.IO.Directory]::CreateDirectory("$TestDrive/brackets").FullName
        $files = 'a[1].bmp', 'a1.bmp' | ForEach-Object { [System.IO.Path]::Combine($folder, $_) }
        $files | ForEach-Object { New-ImageFile $_ -Height 8 -Width 8 }
        $rows = [pscustomobject]@{ Path = $files[0]; Label = 'x' }, [pscustomobject]@{ Path = $files[1]; Label = 'y' }
        ($rows | & $Command -Model $model).Path | Should -Be $rows.Path
        ($rows | & $Command -Model $model | & $Command -Model $model).Path | Should -Be $rows.Path
        (& $Command -Model $model -Path $rows[0]).Path | Should -Be $rows[0].Path
    }

    It 'aren''t the text of other objects' {
        (Get-Fault { $model | Invoke-Prediction -Model $model }).FullyQualifiedErrorId | Should -BeLike 'InputObjectNotBound,*'
        (Get-Fault { Invoke-Prediction -Model $model -Path $model }).Exception.Message | Should -BeLike '*not a TransferModel*'
        (Get-Fault { [pscustomobject]@{ Name = 'x' } | Import-ImageDataset }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'that PowerShell can''t resolve are one error, in their place: <_>' -ForEach 'nosuch:x.png', 'Q:\x', 'http://example.org/x.png', '', 'env:X', 'NoSuch::x' {
        $told = $image, $_, $image | Invoke-Prediction -Model $model 2>&1
        $told | Should -HaveCount 3
        $told[0].Path | Should -Be $image
        $told[1] | Should -BeOfType ([System.Management.Automation.ErrorRecord])
        $told[2].Path | Should -Be $image
    }

    It 'lose nothing that came before them under -ErrorAction Stop' {
        $before = [System.Collections.Generic.List[object]]::new()
        { $image, $image, 'nosuch:x', $image | Invoke-Prediction -Model $model -ErrorAction Stop | ForEach-Object { $before.Add($_) } } | Should -Throw
        $before.Path | Should -Be $image, $image
    }
}

Describe 'Models and images' {
    It 'come out of a training run' {
        (Measure-TransferModel -Model $run -Dataset $run).Count | Should -Be 8
        (Invoke-Prediction $image -Model $run).Path | Should -Be $image
        (Test-LearningPhase -Model $run -Dataset $run -ValidationDataset $run).Validation.Count | Should -Be 8
        ($run | Split-ImageDataset 0.5).Training.Count | Should -Be 4
    }

    It 'come out of a split, where it is clear which' {
        $given = Invoke-FineTune -Model $run -Dataset $split -ValidationDataset $split -WarningAction SilentlyContinue
        $given.Dataset.Name, $given.ValidationDataset.Name | Should -Be 'pets (training)', 'pets (validation)'
        $piped = $split | Invoke-FineTune -Model $run -WarningAction SilentlyContinue
        $piped.Dataset.Name, $piped.ValidationDataset.Name | Should -Be 'pets (training)', 'pets (validation)'
        (Get-Fault { Measure-TransferModel -Model $run -Dataset $split }).Exception.Message | Should -BeLike '*Training or its Validation*'
        (Get-Fault { $split | Split-ImageDataset 0.5 }).Exception.Message | Should -BeLike '*Training or its Validation*'
    }
}

Describe 'A model' {
    It 'that is being trained in another runspace is refused by name, and free again afterwards' {
        $busy = New-SmallModel 2 -InputShape 8 | Set-FreezeMode Inference
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        $null = $shell.AddScript('param($manifest, $model, $data) Import-Module $manifest; Invoke-FineTune -Model $model -Dataset $data -Epochs 1000000 -WarningAction SilentlyContinue').
            AddArgument([System.IO.Path]::GetFullPath("$PSScriptRoot/../../PSTransfer.psd1")).AddArgument($busy).AddArgument($data)
        $training = $shell.BeginInvoke()
        while ($busy.History.Count -lt 1 -and -not $training.IsCompleted) { $null = $training.AsyncWaitHandle.WaitOne(10) }

        foreach ($second in { Invoke-FineTune -Model $busy -Dataset $data }, { Invoke-Prediction $image -Model $busy -ErrorAction Stop }, { Copy-TransferModel $busy }, { Set-FreezeMode None -Model $busy }) {
            (Get-Fault $second).Exception.Message | Should -BeLike "*'resnet20' is being trained by another command*"
        }
        $stop = $shell.BeginStop($null, $null)
        $stop.AsyncWaitHandle.WaitOne(60000) | Should -BeTrue
        $shell.Dispose()
        (Invoke-Prediction $image -Model $busy).Path | Should -Be $image
    }

    It 'may be used by later commands of its own pipeline' {
        @($image, $image | Invoke-Prediction -Model $model -BatchSize 1 | ForEach-Object { Measure-TransferModel -Model $model -Dataset $data }) | Should -HaveCount 2
    }

    It 'of NaN names no class, and says so when it is written and read' {
        $nan = New-SmallModel 2 -InputShape 8
        $null = Get-Fault { Invoke-FineTune -Model $nan -Dataset $data -LearningRate 1e38 -Epochs 3 -WarningAction SilentlyContinue }
        $null = $nan | Export-TransferModel "$TestDrive/nan-model.pst" -Force -WarningVariable written -WarningAction SilentlyContinue
        $read = Import-TransferModel "$TestDrive/nan-model.pst" -WarningVariable told -WarningAction SilentlyContinue
        [System.IO.File]::Delete("$TestDrive/nan-model.pst")
        $written | Should -BeLike '*hold NaN or infinity*running_mean*'
        $told | Should -BeLike '*hold NaN or infinity*running_mean*'
        foreach ($threshold in 0, 0.99) {
            $prediction = Invoke-Prediction $image -Model $read -Threshold $threshold
            $prediction.Class | Should -BeNullOrEmpty
            [double]::IsNaN($prediction.Probability) | Should -BeTrue
        }
    }
}

Describe 'Results' {
    It 'have no type names where a table or JSON holds them' {
        $rows = @(
            (Invoke-Prediction $image -Model $run), (Get-ImageFeature $image -Model $run), ($run | Measure-TransferModel), ($run | Test-LearningPhase), $run, $data, $run.Model, (Get-Backbone resnet20)
            (Compare-FreezeMode -Model $model -Dataset $data -Mode Inference -Repair None -InformationAction Ignore -WarningAction SilentlyContinue)
            (Find-LearningRate -Model $model -Dataset $data -Steps 10)
        )
        foreach ($row in $rows) {
            foreach ($property in $row.PSObject.Properties) {
                "$(if ($null -ne $property.Value) { $property.Value.ToString() })" | Should -Not -Match '^(System|PSTransfer)\.|\{ \w+ = |`1' -Because "$($row.GetType().Name).$($property.Name)"
            }
        }
    }

    It 'of a test have their numbers in columns of their own' {
        $report = $run | Test-LearningPhase
        $report.InferenceAccuracy | Should -Be $report.Inference.Accuracy
        $report.NormalizationGapAccuracy | Should -Be $report.NormalizationGap.Accuracy
    }
}
