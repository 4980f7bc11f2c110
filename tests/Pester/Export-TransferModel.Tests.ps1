BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $model = New-SmallModel 2
}

Describe 'Export-TransferModel' {
    It 'writes one file, gives it back, and leaves nothing else in the folder' {
        $folder = "$TestDrive/one"
        $null = [System.IO.Directory]::CreateDirectory($folder)
        $file = $model | Export-TransferModel "$folder/model.pst"
        $file | Should -BeOfType 'System.IO.FileInfo'
        $file.FullName | Should -BeExactly ([System.IO.Path]::GetFullPath("$folder/model.pst"))
        $file.Length | Should -BeGreaterThan 1000000
        [System.IO.Directory]::GetFileSystemEntries($folder) | Should -HaveCount 1
    }

    It 'writes safetensors: a length, then a JSON header with the names of the tensors' {
        $null = $model | Export-TransferModel "$TestDrive/header.pst"
        $bytes = [System.IO.File]::ReadAllBytes("$TestDrive/header.pst")
        $header = [System.Text.Encoding]::UTF8.GetString($bytes, 8, [BitConverter]::ToInt64($bytes, 0))
        $header | Should -BeLike '{*"__metadata__"*"layer1.0.conv1.weight"*'
        $header | Should -BeLike '*"head.logits.weight"*'
    }

    It 'takes -Model by name, and relative paths from the current location' {
        $location = $ExecutionContext.SessionState.Path
        $location.PushCurrentLocation('spec')
        try {
            $null = $location.SetLocation([WildcardPattern]::Escape($TestDrive))
            (Export-TransferModel -Model $model -Path ./relative.pst).FullName | Should -BeExactly ([System.IO.Path]::GetFullPath("$TestDrive/relative.pst"))
        }
        finally { $null = $location.PopLocation('spec') }
    }

    It 'takes the path literally: <_>' -ForEach 'model[1].pst', 'Köpek 猫.pst', "it's mine.pst" {
        $null = $model | Export-TransferModel "$TestDrive/$_"
        [System.IO.File]::Exists("$TestDrive/$_") | Should -BeTrue
    }

    It 'writes nothing with -WhatIf, and gives nothing' {
        $model | Export-TransferModel "$TestDrive/whatif.pst" -WhatIf | Should -BeNullOrEmpty
        [System.IO.File]::Exists("$TestDrive/whatif.pst") | Should -BeFalse
    }

    It 'leaves the model as it was' {
        $layers = ($model | Get-ModelLayer | ForEach-Object { "$_" }) -join ' '
        $null = $model | Export-TransferModel "$TestDrive/same.pst"
        ($model | Get-ModelLayer | ForEach-Object { "$_" }) -join ' ' | Should -BeExactly $layers
        $model.Name | Should -BeExactly 'resnet20'
    }

    Context 'A file that is there' {
        BeforeEach {
            $path = "$TestDrive/there.pst"
            [System.IO.File]::WriteAllText($path, 'precious')
        }

        It 'is not replaced without -Force' {
            $fault = Get-Fault { $model | Export-TransferModel $path }
            $fault.FullyQualifiedErrorId | Should -Be 'AlreadyExists,PSTransfer.Commands.ExportTransferModel'
            $fault.CategoryInfo.Category | Should -Be 'ResourceExists'
            $fault.Exception.Message | Should -BeLike '*there.pst exists; use -Force*'
            [System.IO.File]::ReadAllText($path) | Should -BeExactly 'precious'
        }

        It 'is replaced with -Force' {
            ($model | Export-TransferModel $path -Force).Length | Should -BeGreaterThan 1000000
            Import-TransferModel $path | Should -BeOfType 'PSTransfer.TransferModel'
        }

        It 'stays with -Force and -WhatIf' {
            $null = $model | Export-TransferModel $path -Force -WhatIf
            [System.IO.File]::ReadAllText($path) | Should -BeExactly 'precious'
        }

        It 'stays when the model is disposed' {
            $gone = New-SmallModel
            $gone.Dispose()
            $fault = Get-Fault { $gone | Export-TransferModel $path -Force }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
            [System.IO.File]::ReadAllText($path) | Should -BeExactly 'precious'
        }
    }

    Context 'Bad input' {
        It 'writes Keras'' .h5 for Keras'' networks only' {
            $fault = Get-Fault { $model | Export-TransferModel "$TestDrive/weights.h5" -Format KerasH5 }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.ExportTransferModel'
            $fault.TargetObject | Should -Be 'Format'
            $fault.Exception.Message | Should -BeLike '*keras-*resnet20*Export it as .safetensors or .pst*'
            [System.IO.File]::Exists("$TestDrive/weights.h5") | Should -BeFalse
        }

        It 'refuses a folder that is not there' {
            $fault = Get-Fault { $model | Export-TransferModel "$TestDrive/none/model.pst" }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.ExportTransferModel'
            $fault.Exception.Message | Should -BeLike '*model.pst: the folder *none doesn''t exist; create it first.'
            [System.IO.Directory]::Exists("$TestDrive/none") | Should -BeFalse
        }

        It 'refuses the path of a folder' {
            $fault = Get-Fault { $model | Export-TransferModel $TestDrive -Force }
            $fault.FullyQualifiedErrorId | Should -BeLike 'WriteFailed,*'
            $fault.Exception.Message | Should -BeLike '*it is a folder; give the path of a file.'
        }

        It 'refuses a path outside the file system' {
            (Get-Fault { $model | Export-TransferModel env:X }).Exception.Message | Should -BeLike "*'env:X'*not in the file system*"
        }
    }
}
