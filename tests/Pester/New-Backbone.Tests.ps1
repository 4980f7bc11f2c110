BeforeDiscovery {
    $hasFashion = [System.IO.File]::Exists("$PSScriptRoot/../../assets/resnet20-fashion.safetensors")
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/images" -Count 1

    # What a backbone makes of an image: the same for two models only if all their weights agree.
    function Get-Answer($Model) { (Get-ImageFeature -Model $Model -Path "$TestDrive/images/cat/0.bmp").Feature -join ' ' }
}

Describe 'New-Backbone' {
    It 'makes a model without head' {
        $model = New-Backbone resnet20 -WarningAction SilentlyContinue
        $model | Should -BeOfType 'PSTransfer.TransferModel'
        $model.Name | Should -BeExactly 'resnet20'
        $model.Backbone | Should -BeExactly 'resnet20'
        $model.InputShape -join ' ' | Should -Be '32 32 3'
        $model.Classes | Should -BeNullOrEmpty
        $model.Device | Should -BeExactly 'cpu'
        $model.TotalParameters | Should -Be 271824
        $model.TrainableParameters | Should -Be 271824
        $model.FreezeMode | Should -Be 'None'
        $model.BatchNormCount | Should -Be 21
        $model.History | Should -BeNullOrEmpty
    }

    It 'finds the name "<_>"' -ForEach 'ResNet20', 'resnet-20', 'RESNET_20' {
        (New-Backbone $_ -WarningAction SilentlyContinue).Backbone | Should -BeExactly 'resnet20'
    }

    It 'makes <Name> for small images' -ForEach @(
        @{ Name = 'resnet18'; Parameters = 11176512 }
        @{ Name = 'resnext50_32x4d'; Parameters = 22979904 }
        @{ Name = 'vgg16'; Parameters = 14714688 }
        @{ Name = 'mobilenetv2'; Parameters = 2223872 }
        @{ Name = 'densenet121'; Parameters = 6953856 }
        @{ Name = 'keras-resnet50'; Parameters = 23587712 }
    ) {
        $model = New-Backbone $Name -InputShape 32, 32, 3 -WarningAction SilentlyContinue
        $model.TotalParameters | Should -Be $Parameters
        $model.Dispose()
    }

    It 'takes -InputShape <Shape>' -ForEach @(
        @{ Shape = @(16); Expected = '16 16 3' }
        @{ Shape = @(16, 24); Expected = '16 24 3' }
        @{ Shape = @(16, 24, 3); Expected = '16 24 3' }
        @{ Shape = @(16, 16, 1); Expected = '16 16 1' }
    ) {
        (New-SmallModel -InputShape $Shape).InputShape -join ' ' | Should -Be $Expected
    }

    It 'warns once that weights are random, and says what to do' {
        $null = New-Backbone resnet20 -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -BeLike '*random weights*-Weights fashion*'
    }

    It 'draws weights by -Seed' {
        $first = Get-Answer (New-SmallModel -Seed 1)
        Get-Answer (New-SmallModel -Seed 1) | Should -BeExactly $first
        Get-Answer (New-SmallModel -Seed 2) | Should -Not -Be $first
    }

    It 'is disposable' {
        $model = New-SmallModel
        $model | Should -BeOfType 'System.IDisposable'
        $model.Dispose()
        $fault = Get-Fault { Get-ModelLayer -Model $model }
        $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
        $fault.Exception.Message | Should -BeLike "The model 'resnet20' was disposed*"
    }

    Context 'Weights' {
        BeforeAll {
            $source = New-SmallModel 3 -Seed 9
            $file = "$TestDrive/weights [1] ä.safetensors"
            $null = $source | Export-TransferModel $file
        }

        It 'come from a file, whose head is left aside, without a warning' {
            $model = New-Backbone resnet20 -InputShape 16 -Weights $file -WarningVariable warnings
            $warnings | Should -BeNullOrEmpty
            @($model | Get-ModelLayer head*).Count | Should -Be 0
            Get-Answer $model | Should -BeExactly (Get-Answer $source)
        }

        It 'of several sets in a file are the trained ones, with a warning, or those that -WeightSet names' {
            # Every tensor twice, once behind model. and once behind ema., with the same numbers.
            $bytes = [System.IO.File]::ReadAllBytes($file)
            $length = [System.BitConverter]::ToInt64($bytes, 0)
            $text = [System.Text.Encoding]::UTF8.GetString($bytes, 8, $length)
            $dataLength = $bytes.Length - 8 - $length
            $entries = foreach ($set in 'ema', 'model') {
                $more = if ($set -eq 'model') { $dataLength } else { 0 }
                foreach ($match in [regex]::Matches($text, '"([^"\\]+)":\{("dtype":"\w+","shape":\[[\d,]*\]),"data_offsets":\[(\d+),(\d+)\]\}')) {
                    $name, $kind, $begin, $end = $match.Groups[1..4].Value
                    '"{0}.{1}":{{{2},"data_offsets":[{3},{4}]}}' -f $set, $name, $kind, ($more + [long]$begin), ($more + [long]$end)
                }
            }
            $json = [System.Text.Encoding]::UTF8.GetBytes("{$($entries -join ',')}")
            $both = "$TestDrive/both.safetensors"
            [System.IO.File]::WriteAllBytes($both, [byte[]]([System.BitConverter]::GetBytes([long]$json.Length) + $json + $bytes[(8 + $length)..($bytes.Length - 1)] * 2))

            $model = New-Backbone resnet20 -InputShape 16 -Weights $both -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike "*both.safetensors: *2 sets*taken was 'model', left aside 'ema'*-WeightSet*"
            Get-Answer $model | Should -BeExactly (Get-Answer $source)
            $model = New-Backbone resnet20 -InputShape 16 -Weights $both -WeightSet ema -WarningVariable warnings
            $warnings | Should -BeNullOrEmpty
            Get-Answer $model | Should -BeExactly (Get-Answer $source)
            $fault = Get-Fault { New-Backbone resnet20 -InputShape 16 -Weights $both -WeightSet teacher }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike "*no set of weights 'teacher' for resnet20; it has 'ema', 'model'*"
            $line = "New-Backbone resnet20 -Weights '$both' -WeightSet "
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be @('ema', 'model')
        }

        It 'that are bundled come by name' -Skip:(-not $hasFashion) {
            $model = New-Backbone resnet20 -InputShape 28 -Weights Fashion -WarningVariable warnings
            $warnings | Should -BeNullOrEmpty
            $model.TotalParameters | Should -Be 271824
        }

        It 'that a publisher has are looked for in the cache, then asked for, and the error says all that is needed without network' {
            $before = $env:PSTRANSFER_CACHE, $env:PSTRANSFER_MIRROR
            try {
                $env:PSTRANSFER_CACHE = [System.IO.Path]::GetFullPath("$TestDrive/cache")
                $env:PSTRANSFER_MIRROR = 'http://127.0.0.1:1' # nobody listens there
                $fault = Get-Fault { New-Backbone keras-resnet50 -InputShape 32 -Weights ImageNet }
                $fault.FullyQualifiedErrorId | Should -Be 'NotAvailable,PSTransfer.Commands.NewBackbone'
                $name = 'resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5'
                $fault.Exception.Message | Should -BeLike "*cache*${name}: *Address: http://127.0.0.1:1/tensorflow/keras-applications/resnet/$name*MD5 4d473c1dd8becc155b73f8504c6f6626*by hand*"

                $null = [System.IO.Directory]::CreateDirectory($env:PSTRANSFER_CACHE)
                [System.IO.File]::WriteAllText("$env:PSTRANSFER_CACHE/$name", 'something else')
                $fault = Get-Fault { New-Backbone keras-resnet50 -InputShape 32 -Weights imagenet }
                $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
                $fault.Exception.Message | Should -BeLike "*${name}: this is not the file that was published: it has 14 bytes*Remove it*"
            }
            finally {
                $env:PSTRANSFER_CACHE, $env:PSTRANSFER_MIRROR = $before
            }
        }

        It 'that are not there are an error that says which names there are' {
            $fault = Get-Fault { New-Backbone resnet20 -Weights nosuch }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.NewBackbone'
            $fault.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $fault.TargetObject | Should -Be 'nosuch'
            $fault.Exception.Message | Should -BeLike "-Weights 'nosuch': there is no such file. resnet20 knows: fashion*"
        }

        It 'of another backbone are refused, with the first tensor that is missing' {
            $fault = Get-Fault { New-Backbone resnet18 -InputShape 32 -Weights $file }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message.Contains([System.IO.Path]::GetFullPath($file)) | Should -BeTrue
            $fault.Exception.Message | Should -BeLike '*tensors of resnet18 are missing, first layer4.0.conv1.weight*another backbone*'
        }

        It 'of Keras are sent to the backbone of Keras, and a small network of Keras is not that one' {
            $keras = "$PSScriptRoot/../Fixtures/keras-h5/fixed.h5"
            $fault = Get-Fault { New-Backbone resnet50 -InputShape 32 -Weights $keras }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*fixed.h5: these are Keras weights*Try keras-resnet50.'
            (Get-Fault { New-Backbone keras-resnet50 -InputShape 32 -Weights $keras }).Exception.Message | Should -BeLike '*fixed.h5: * tensors of keras-resnet50 are missing, first conv2_block1_*another backbone*'
        }

        It 'come from <Kind>, by content' -ForEach @(
            @{ Kind = 'Keras'' .h5'; Format = 'KerasH5' }
            @{ Kind = 'our model file'; Format = 'Model' }
        ) {
            $source = New-Backbone keras-mobilenet -InputShape 32 -Seed 5 -WarningAction SilentlyContinue | Add-ClassifierHead -ClassCount 2
            $null = $source | Export-TransferModel "$TestDrive/weights of $Format" -Format $Format
            $model = New-Backbone keras-mobilenet -InputShape 32 -Weights "$TestDrive/weights of $Format" -Verbose 4>&1 -OutVariable records | Where-Object { $_ -is [PSTransfer.TransferModel] }
            Get-Answer $model | Should -BeExactly (Get-Answer $source)
            "$records" | Should -BeLike '*135 tensors applied to keras-mobilenet.*2 skipped: *logits*'
        }

        It 'are read as -Format says, whatever the first bytes' {
            (Get-Fault { New-Backbone resnet20 -Weights $file -Format PyTorch }).Exception.Message | Should -BeLike '*weights `[1`] ä.safetensors: *PyTorch*'
            (Get-Fault { New-Backbone resnet20 -Weights $file -Format KerasH5 }).Exception.Message | Should -BeLike '*weights `[1`] ä.safetensors: *HDF5*'
            (Get-Fault { New-Backbone resnet20 -Weights $file -Format Keras }).Exception.Message | Should -BeLike '*weights `[1`] ä.safetensors: *zip*'
            (Get-Fault { New-Backbone resnet20 -Weights $file -Format TensorFlowJs }).Exception.Message | Should -BeLike '*weights `[1`] ä.safetensors: *JSON*'
            (New-Backbone resnet20 -InputShape 16 -Weights $file -Format Safetensors).Backbone | Should -BeExactly 'resnet20'
        }

        It 'of PyTorch, Keras 3 and TensorFlow.js are recognised, and not taken for those of the backbone: <Path>' -ForEach @(
            @{ Path = 'pytorch/zip.pth'; Message = '*tensors of resnet20 are missing*' }
            @{ Path = 'pytorch/system.pth'; Message = '*asks for posix.system*Nothing of the file was run*' }
            @{ Path = 'keras-h5/stored.keras'; Message = '*these are Keras weights*' }
            @{ Path = 'tensorflowjs/plain'; Message = '*these are Keras weights*' }
        ) {
            (Get-Fault { New-Backbone resnet20 -Weights "$PSScriptRoot/../Fixtures/$Path" }).Exception.Message | Should -BeLike $Message
        }

        It 'with NaN come with a warning that names the tensors' {
            $null = New-Backbone resnet20 -InputShape 16 -WarningAction SilentlyContinue | Export-TransferModel "$TestDrive/nan.safetensors"
            $bytes = [System.IO.File]::ReadAllBytes("$TestDrive/nan.safetensors")
            [BitConverter]::GetBytes([float]::NaN).CopyTo($bytes, $bytes.Length - 4)
            [System.IO.File]::WriteAllBytes("$TestDrive/nan.safetensors", $bytes)
            $null = New-Backbone resnet20 -InputShape 16 -Weights "$TestDrive/nan.safetensors" -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike '*nan.safetensors: 1 tensors hold NaN or infinity*: layer3.2.bn2.running_var.*'
        }

        It 'in a folder, or in a file of another kind, are refused' {
            New-CifarFile "$TestDrive/no-weights.bin" -Label 1
            (Get-Fault { New-Backbone resnet20 -Weights "$TestDrive/images" }).Exception.Message | Should -BeLike '*images: expected a file, or a folder with a TensorFlow.js model.json; found a folder without one.'
            (Get-Fault { New-Backbone resnet20 -Weights "$TestDrive/no-weights.bin" }).Exception.Message | Should -BeLike '*no-weights.bin: expected a safetensors file*'
        }

        It 'in a file cut short are refused' {
            $bytes = [System.IO.File]::ReadAllBytes($file)
            [Array]::Resize([ref] $bytes, $bytes.Length - 1)
            [System.IO.File]::WriteAllBytes("$TestDrive/cut.safetensors", $bytes)
            $fault = Get-Fault { New-Backbone resnet20 -Weights "$TestDrive/cut.safetensors" }
            $fault.CategoryInfo.Category | Should -Be 'InvalidData'
            $fault.Exception.Message | Should -BeLike '*cut.safetensors: expected*bytes of tensors*cut short*again*'
        }
    }

    Context 'Bad input' {
        It 'names the nearest backbone' {
            $fault = Get-Fault { New-Backbone resnt50 }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.NewBackbone'
            $fault.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $fault.TargetObject | Should -Be 'resnt50'
            $fault.Exception.Message | Should -BeLike "There is no backbone 'resnt50'. Did you mean 'resnet50'?*"
        }

        It 'names the smallest shape: <Name> at <Shape>' -ForEach @(
            @{ Name = 'resnet50'; Shape = @(31); Message = 'resnet50 needs images of at least 32×32 pixels, but -InputShape is 31×31.*' }
            @{ Name = 'keras-resnet50'; Shape = @(64, 16); Message = 'keras-resnet50 needs images of at least 32×32 pixels, but -InputShape is 64×16.*' }
            @{ Name = 'resnet20'; Shape = @(0); Message = 'resnet20 needs images of at least 8×8 pixels, but -InputShape is 0×0.*' }
            @{ Name = 'resnet20'; Shape = @(9000); Message = '-InputShape is 9000×9000, but sides of up to 8192 pixels are possible.' }
            @{ Name = 'resnet20'; Shape = @(16, 16, 2); Message = 'resnet20 takes images of 3 channels, but -InputShape asks for 2.*' }
            @{ Name = 'resnet50'; Shape = @(32, 32, 1); Message = 'resnet50 takes images of 3 channels, but -InputShape asks for 1.*' }
        ) {
            $fault = Get-Fault { New-Backbone $Name -InputShape $Shape }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.NewBackbone'
            $fault.TargetObject | Should -Be 'InputShape'
            $fault.Exception.Message | Should -BeLike $Message
        }

        It 'takes no more than three numbers for -InputShape' {
            (Get-Fault { New-Backbone resnet20 -InputShape 1, 2, 3, 4 }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
        }

        It 'says which devices there are' {
            $fault = Get-Fault { New-Backbone resnet20 -Device tpu }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike "*'tpu'*cpu, cuda*"
        }

        It 'refuses a GPU that is not there' {
            $fault = Get-Fault { New-Backbone resnet20 -Device cuda:99 -WarningAction Stop }
            $fault.FullyQualifiedErrorId | Should -BeLike 'NotAvailable,*'
            $fault.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
            $fault.Exception.Message | Should -BeLike "*'cuda:99' isn't available*"
        }
    }

    Context 'At the prompt' {
        It 'completes <Line>' -ForEach @(
            @{ Line = 'New-Backbone re'; Expected = 'resnet20 resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d regnet_y_400mf' }
            @{ Line = 'New-Backbone -Name keras-mob'; Expected = 'keras-mobilenet keras-mobilenetv2' }
            @{ Line = 'New-Backbone resnet20 -Format K'; Expected = 'Keras KerasH5' }
            @{ Line = 'New-Backbone resnet20 -Weights '; Expected = 'fashion' }
            @{ Line = 'New-Backbone resnet20 -Device cp'; Expected = 'cpu' }
        ) {
            $found = [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches
            $found.CompletionText -join ' ' | Should -Be $Expected
        }
    }
}
