BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $before = $env:PSTRANSFER_CACHE, $env:PSTRANSFER_MIRROR
    # No test may reach a network: nobody listens at port 1 of this machine.
    $env:PSTRANSFER_CACHE = [System.IO.Path]::GetFullPath("$TestDrive/cache")
    $env:PSTRANSFER_MIRROR = 'http://127.0.0.1:1/mirror'

    # A file with HDF5's first bytes, and zeros behind them.
    function New-Hdf5File([string] $Path, [long] $Length) {
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($Path))
        [System.IO.File]::WriteAllBytes($Path, [byte[]] (0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A))
        $stream = [System.IO.File]::OpenWrite($Path)
        $stream.SetLength($Length)
        $stream.Dispose()
    }
}

AfterAll {
    $env:PSTRANSFER_CACHE, $env:PSTRANSFER_MIRROR = $before
}

Describe 'Save-BackboneWeight' {
    Context 'without network' {
        It 'says where the file is to be had, what it must be, and where it may be put by hand' {
            $fault = Get-Fault { Save-BackboneWeight resnet50 }
            $fault.FullyQualifiedErrorId | Should -Be 'NotAvailable,PSTransfer.Commands.SaveBackboneWeight'
            $fault.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
            $path = [System.IO.Path]::Combine($env:PSTRANSFER_CACHE, 'resnet50-0676ba61.pth')
            $fault.TargetObject | Should -Be $path
            $fault.Exception.Message.StartsWith("${path}: ") | Should -BeTrue
            $fault.Exception.Message | Should -BeLike '*no way to the server*Address: http://127.0.0.1:1/mirror/models/resnet50-0676ba61.pth*SHA-256 0676ba61..., 97.781 MiB*by hand*'
            $path | Should -Not -Exist
        }

        It 'is a fault of each backbone, not of all' {
            $null = Save-BackboneWeight resnet18, nosuch, resnet34 -ErrorVariable faults -ErrorAction SilentlyContinue
            $faults | Should -HaveCount 3
            $faults[1].FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
        }
    }

    Context '-WhatIf' {
        It 'asks nobody and makes nothing' {
            Save-BackboneWeight resnet18 -Path "$TestDrive/what-if" -WhatIf | Should -BeNullOrEmpty
            "$TestDrive/what-if" | Should -Not -Exist
        }

        It 'shows address, hash, length and path' {
            $process = Invoke-NewProcess "Import-Module '$([System.IO.Path]::GetFullPath("$PSScriptRoot/../../PSTransfer.psd1"))'; Save-BackboneWeight keras-resnet50 -Path '$TestDrive/what-if' -WhatIf"
            $process.Error | Should -BeNullOrEmpty
            $process.Output | Should -BeLike '*https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5*MD5 4d473c1dd8becc155b73f8504c6f6626, 94,765,736 bytes*what-if*resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5*'
        }

        It 'takes rows of Get-Backbone' {
            Get-Backbone resnet18, keras-resnet50 | Save-BackboneWeight -WhatIf -ErrorVariable faults
            $faults | Should -BeNullOrEmpty
            'resnet18', 'resnet34' | Save-BackboneWeight -WhatIf -ErrorVariable faults
            $faults | Should -BeNullOrEmpty
        }
    }

    Context 'a file that is there' {
        It 'is checked, and given back with its SHA-256' {
            # Keras publishes no hash of this one, so that another of the same length and kind can stand for it.
            $file = [System.IO.Path]::Combine($env:PSTRANSFER_CACHE, 'mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5')
            New-Hdf5File $file 9406464
            $saved = Save-BackboneWeight keras-mobilenetv2
            $saved.Backbone | Should -BeExactly 'keras-mobilenetv2'
            $saved.Weights | Should -BeExactly 'imagenet'
            $saved.Path | Should -Be $file
            $saved.Bytes | Should -Be 9406464
            $saved.Hash | Should -BeExactly ([Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([System.IO.File]::ReadAllBytes($file))))
        }

        It 'is refused where it is not the one that was published, and stays' {
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/wrong")
            [System.IO.File]::WriteAllText("$TestDrive/wrong/resnet18-f37072fd.pth", '<!DOCTYPE html>')
            $fault = Get-Fault { Save-BackboneWeight resnet18 -Path "$TestDrive/wrong" }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*resnet18-f37072fd.pth: this is not the file that was published: it has 15 bytes; by its first bytes it is a web page*Remove it*'
            "$TestDrive/wrong/resnet18-f37072fd.pth" | Should -Exist
        }

        It 'is fetched again with -Force, and stays when that fails' {
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/old")
            [System.IO.File]::WriteAllText("$TestDrive/old/resnet18-f37072fd.pth", 'old')
            (Get-Fault { Save-BackboneWeight resnet18 -Path "$TestDrive/old" -Force }).FullyQualifiedErrorId | Should -BeLike 'NotAvailable,*'
            [System.IO.File]::ReadAllText("$TestDrive/old/resnet18-f37072fd.pth") | Should -Be 'old'
        }
    }

    Context 'Bad input' {
        It 'names the sets that there are' {
            $fault = Get-Fault { Save-BackboneWeight resnet50 -Weights imagenet-21k }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.SaveBackboneWeight'
            $fault.Exception.Message | Should -BeLike "-Weights 'imagenet-21k': there are no published weights of that name for resnet50. There are: imagenet, imagenet-v2."
            (Get-Fault { Save-BackboneWeight resnet20 }).Exception.Message | Should -BeLike '*resnet20. There are none to be downloaded.'
        }

        It 'names the nearest backbone' {
            (Get-Fault { Save-BackboneWeight resnt50 }).Exception.Message | Should -BeLike "There is no backbone 'resnt50'.*resnet50*"
        }

        It 'is a cache that has no full path, or a mirror that is not safe' {
            $good = $env:PSTRANSFER_CACHE, $env:PSTRANSFER_MIRROR
            try {
                $env:PSTRANSFER_CACHE = 'cache'
                (Get-Fault { Save-BackboneWeight resnet18 }).Exception.Message | Should -BeLike 'cache: the variable PSTRANSFER_CACHE must hold the full path of a folder*'
                $env:PSTRANSFER_CACHE = $good[0]
                $env:PSTRANSFER_MIRROR = 'http://mirror.invalid'
                (Get-Fault { Save-BackboneWeight resnet18 }).Exception.Message | Should -BeLike 'http://mirror.invalid: the variable PSTRANSFER_MIRROR must hold an address of https://*'
            }
            finally {
                $env:PSTRANSFER_CACHE, $env:PSTRANSFER_MIRROR = $good
            }
        }
    }

    It 'completes backbones and their sets' {
        $text = 'Save-BackboneWeight resnet5'
        (TabExpansion2 $text -cursorColumn $text.Length).CompletionMatches.CompletionText | Should -Be 'resnet50'
        $text = 'Save-BackboneWeight resnet50 -Weights '
        (TabExpansion2 $text -cursorColumn $text.Length).CompletionMatches.CompletionText | Should -Be 'imagenet', 'imagenet-v2'
        $text = 'Save-BackboneWeight resnet18, resnet50 -Weights '
        (TabExpansion2 $text -cursorColumn $text.Length).CompletionMatches.CompletionText | Should -Be 'imagenet', 'imagenet-v2'
    }
}
