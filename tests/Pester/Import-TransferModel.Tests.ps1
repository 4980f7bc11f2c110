BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/images"
    $data = Import-ImageDataset "$TestDrive/images"

    # Trained under two modes, so that weights, statistics, class names, history and modes all differ from those of a new model.
    $model = New-SmallModel | Add-ClassifierHead 2 -HiddenUnits 6 -Dropout 0.25 -Pooling Max |
        Set-FreezeMode -Framework PyTorch | Set-FreezeMode LiveBatchNorm -Layer layer3.*
    $null = $model | Invoke-FineTune -Dataset $data -Epochs 2 -WarningAction SilentlyContinue
    $path = "$TestDrive/model.pst"
    $null = $model | Export-TransferModel $path
    $measured = Measure-TransferModel -Model $model -Dataset $data
}

Describe 'Import-TransferModel' {
    It 'gives the model that was exported, with the same numbers' {
        $imported = Import-TransferModel $path
        $imported | Should -BeOfType 'PSTransfer.TransferModel'
        [object]::ReferenceEquals($imported, $model) | Should -BeFalse
        $again = Measure-TransferModel -Model $imported -Dataset $data
        $again.Loss | Should -Be $measured.Loss
        $again.Accuracy | Should -Be $measured.Accuracy
    }

    It 'brings back everything that a model shows' {
        $imported = Import-TransferModel $path
        foreach ($property in 'Name', 'Backbone', 'InputShape', 'Classes', 'Device', 'TotalParameters', 'TrainableParameters', 'FreezeMode', 'BatchNormCount') {
            "$($imported.$property)" | Should -BeExactly "$($model.$property)" -Because $property
        }
        $imported.Classes -join ' ' | Should -Be 'cat dog'
        $imported.History.Count | Should -Be 2
        $imported.History[1].Loss | Should -Be $model.History[1].Loss
    }

    It 'brings back every layer with its mode' {
        $layers = ($model | Get-ModelLayer | ForEach-Object { "$_" }) -join "`n"
        (Import-TransferModel $path | Get-ModelLayer | ForEach-Object { "$_" }) -join "`n" | Should -BeExactly $layers
    }

    It 'trains on as the original would, momentum and variance of its era included' {
        $original = $model | Copy-TransferModel
        $imported = Import-TransferModel $path
        $loss = foreach ($one in $original, $imported) {
            $null = $one | Invoke-FineTune -Dataset $data -Epochs 2 -WarningAction SilentlyContinue
            (Measure-TransferModel -Model $one -Dataset $data).Loss
        }
        $loss[1] | Should -Be $loss[0]
    }

    It 'gives the same numbers, to the last bit, in a new process' {
        $run = Invoke-NewProcess @"
            Import-Module '$([System.IO.Path]::GetFullPath("$PSScriptRoot/../../PSTransfer.psd1"))'
            `$model = Import-TransferModel -LiteralPath '$path'
            `$measured = Measure-TransferModel -Model `$model -Dataset (Import-ImageDataset -LiteralPath '$TestDrive/images')
            `$measured.Loss.ToString('R', [cultureinfo]::InvariantCulture)
"@
        $run.Error | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $run.Output | Should -BeExactly $measured.Loss.ToString('R', [cultureinfo]::InvariantCulture)
    }

    It 'keeps a model without head, which a head can then be added to' {
        $null = New-SmallModel | Export-TransferModel "$TestDrive/headless.pst"
        $imported = Import-TransferModel "$TestDrive/headless.pst"
        @($imported | Get-ModelLayer).Count | Should -Be 52
        (Get-Fault { $imported | Add-ClassifierHead 2 }) | Should -BeNullOrEmpty
    }

    Context 'Paths' {
        BeforeAll {
            $folder = "$TestDrive/many"
            $null = [System.IO.Directory]::CreateDirectory($folder)
            foreach ($name in 'a[1].pst', 'b[2].pst', 'çöp 猫.pst') { [System.IO.File]::Copy($path, "$folder/$name") }
        }

        It 'expands wildcards of -Path, one model each' {
            @(Import-TransferModel "$folder/*.pst").Count | Should -Be 3
        }

        It 'takes -LiteralPath as it is: <_>' -ForEach 'a[1].pst', 'çöp 猫.pst' {
            (Import-TransferModel -LiteralPath "$folder/$_").Backbone | Should -BeExactly 'resnet20'
        }

        It 'takes what Get-ChildItem and Export-TransferModel give' {
            @(Get-ChildItem -LiteralPath $folder | Import-TransferModel).Count | Should -Be 3
            $imported = New-SmallModel | Export-TransferModel "$TestDrive/piped [3].pst" | Import-TransferModel
            $imported.Backbone | Should -BeExactly 'resnet20'
        }

        It 'takes paths from the pipeline, and objects by their <_>' -ForEach 'PSPath', 'FullName', 'LiteralPath' {
            ([pscustomobject] @{ $_ = "$folder/a[1].pst" } | Import-TransferModel).Backbone | Should -BeExactly 'resnet20'
            ("$folder/ç*" | Import-TransferModel).Backbone | Should -BeExactly 'resnet20'
        }
    }

    Context 'Bad input' {
        It 'refuses a path that is not there: <_>' -ForEach 'nowhere.pst', 'nowhere*.pst' {
            $fault = Get-Fault { Import-TransferModel "$TestDrive/$_" }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.ImportTransferModel'
            $fault.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $fault.Exception.Message | Should -BeLike '*nowhere*Check the path*'
        }

        It 'refuses a literal path that is not there' {
            (Get-Fault { Import-TransferModel -LiteralPath "$TestDrive/nowhere[1].pst" }).Exception.Message | Should -BeLike '*there is no such file*'
        }

        It 'refuses a folder' {
            $fault = Get-Fault { Import-TransferModel "$TestDrive/images" }
            $fault.CategoryInfo.Category | Should -Be 'InvalidData'
            $fault.Exception.Message | Should -BeLike '*images: expected a safetensors file, found a folder*'
        }

        It 'refuses a file of another kind' {
            $fault = Get-Fault { Import-TransferModel "$TestDrive/images/cat/0.bmp" }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*0.bmp: expected a safetensors file*'
        }

        It 'refuses weights that are no model, and says how to load them' {
            # The smallest safetensors file: the header's length, the header, no tensor.
            $header = [System.Text.Encoding]::UTF8.GetBytes('{}      ')
            [System.IO.File]::WriteAllBytes("$TestDrive/weights.safetensors", [byte[]] ([BitConverter]::GetBytes([long] $header.Length) + $header))
            $fault = Get-Fault { Import-TransferModel "$TestDrive/weights.safetensors" }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*weights.safetensors: these are weights, not a model*New-Backbone*-Weights*'
        }

        It 'refuses a file that is <What>' -ForEach @(
            @{ What = 'empty'; Cut = { param($whole) 0 }; Message = 'the file is empty' }
            @{ What = "cut in the header's length"; Cut = { param($whole) 4 }; Message = 'cut short' }
            @{ What = 'cut after the length'; Cut = { param($whole) 8 }; Message = 'cut short' }
            @{ What = 'cut in the header'; Cut = { param($whole) 3000 }; Message = 'cut short' }
            @{ What = 'cut in the tensors'; Cut = { param($whole) $whole / 2 }; Message = 'cut short' }
            @{ What = 'cut by one byte'; Cut = { param($whole) $whole - 1 }; Message = 'cut short' }
            @{ What = 'longer by one byte'; Cut = { param($whole) $whole + 1 }; Message = 'appended' }
        ) {
            $whole = [System.IO.File]::ReadAllBytes($path)
            $bytes = [byte[]]::new((& $Cut $whole.Length))
            [Array]::Copy($whole, $bytes, [Math]::Min($whole.Length, $bytes.Length))
            [System.IO.File]::WriteAllBytes("$TestDrive/damaged.pst", $bytes)
            $fault = Get-Fault { Import-TransferModel "$TestDrive/damaged.pst" }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidData,PSTransfer.Commands.ImportTransferModel'
            $fault.CategoryInfo.Category | Should -Be 'InvalidData'
            $fault.Exception.Message | Should -BeLike "*damaged.pst: *$Message*again*"
        }

        It 'refuses a description with <What>' -ForEach @(
            @{ What = 'a version of the future'; Old = '"version":3'; New = '"version":9'; Message = '*format version 9; this PSTransfer reads versions 1 to 3. Update PSTransfer.' }
            @{ What = 'a layer of the future'; Old = '"kind":"Relu"'; New = '"kind":"Rely"'; Message = "*future.pst*Rely layer*doesn't know*" }
            @{ What = 'an input shape out of range'; Old = '"height":16'; New = '"height":6'; Message = '*future.pst*8×8*6×16*' }
            @{ What = 'a head that the file can''t hold'; Old = '"classCount":2'; New = '"classCount":2000000000'; Message = '*future.pst: *head*damaged*' }
            @{ What = 'a mode of the future'; Old = '"mode":"Drifting"'; New = '"mode":"Drifters"'; Message = '*future.pst: the model''s description*damaged*' }
            @{ What = 'another member'; Old = '"version":3'; New = '"virsion":3'; Message = '*future.pst: the model''s description*damaged*' }
        ) {
            $latin = [System.Text.Encoding]::Latin1
            $text = $latin.GetString([System.IO.File]::ReadAllBytes($path))
            # The description is JSON in a string of the header's JSON, where a quote is written by its number.
            $from, $to = $Old, $New | ForEach-Object { $_.Replace('"', '\u0022') }
            $text.Contains($from) | Should -BeTrue -Because 'the test would prove nothing otherwise'
            $bytes = $latin.GetBytes($text.Replace($from, $to))
            [BitConverter]::GetBytes([BitConverter]::ToInt64($bytes, 0) + $bytes.Length - $text.Length).CopyTo($bytes, 0)
            [System.IO.File]::WriteAllBytes("$TestDrive/future.pst", $bytes)
            $fault = Get-Fault { Import-TransferModel "$TestDrive/future.pst" }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidData,PSTransfer.Commands.ImportTransferModel'
            $fault.Exception.Message | Should -BeLike $Message
        }

        It 'refuses a device that is not there' {
            $fault = Get-Fault { Import-TransferModel $path -Device cuda:99 }
            $fault.FullyQualifiedErrorId | Should -Be 'NotAvailable,PSTransfer.Commands.ImportTransferModel'
            $fault.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        }
    }

    It 'completes -Device' {
        $line = 'Import-TransferModel x -Device cp'
        [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Be 'cpu'
    }
}
