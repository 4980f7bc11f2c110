BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
}

Describe 'Set-FreezeMode' {
    It 'changes the model it is given and passes the same object on' {
        $model = New-SmallModel
        $result = $model | Set-FreezeMode Inference
        [object]::ReferenceEquals($result, $model) | Should -BeTrue
        $model.FreezeMode | Should -Be 'Inference'
    }

    It 'takes -Model and -Mode by name' {
        $model = New-SmallModel
        $null = Set-FreezeMode -Model $model -Mode Statistics
        $model.FreezeMode | Should -Be 'Statistics'
    }

    Context 'Mode <Mode>' -ForEach @(
        @{ Mode = 'None'; NormLearns = $true; NormalizesBy = 'Batch'; Updates = $true; OthersLearn = $true; Trainable = 271824 }
        @{ Mode = 'Inference'; NormLearns = $false; NormalizesBy = 'Moving'; Updates = $false; OthersLearn = $false; Trainable = 0 }
        @{ Mode = 'Legacy'; NormLearns = $false; NormalizesBy = 'Batch'; Updates = $false; OthersLearn = $false; Trainable = 0 }
        @{ Mode = 'Drifting'; NormLearns = $false; NormalizesBy = 'Batch'; Updates = $true; OthersLearn = $false; Trainable = 0 }
        @{ Mode = 'LiveBatchNorm'; NormLearns = $true; NormalizesBy = 'Batch'; Updates = $true; OthersLearn = $false; Trainable = 1568 }
        @{ Mode = 'Statistics'; NormLearns = $true; NormalizesBy = 'Moving'; Updates = $false; OthersLearn = $true; Trainable = 271824 }
    ) {
        It 'sets the three switches of BatchNorm, and whether other weights learn' {
            $model = New-SmallModel | Set-FreezeMode $Mode
            $norm = $model | Get-ModelLayer layer2.1.bn1
            $norm.Learns | Should -Be $NormLearns
            $norm.NormalizesBy | Should -Be $NormalizesBy
            $norm.UpdatesStatistics | Should -Be $Updates
            $norm.FreezeMode | Should -Be $Mode
            ($model | Get-ModelLayer layer2.1.conv1).Learns | Should -Be $OthersLearn
            $model.FreezeMode | Should -Be $Mode
            $model.TrainableParameters | Should -Be $Trainable
        }
    }

    Context 'What training then does to the backbone' {
        BeforeAll {
            New-ImageFolder "$TestDrive/images"
            $data = Import-ImageDataset "$TestDrive/images"

            # The backbone's answer in the inference phase: it moves with weights and with moving statistics.
            function Get-Answer($Model) { (Get-ImageFeature -Model $Model -Path "$TestDrive/images/cat/0.bmp").Feature -join ' ' }
        }

        It '<Mode>: weights or statistics move: <Moves>' -ForEach @(
            @{ Mode = 'None'; Moves = $true }
            @{ Mode = 'Inference'; Moves = $false }
            @{ Mode = 'Legacy'; Moves = $false }
            @{ Mode = 'Drifting'; Moves = $true }
            @{ Mode = 'LiveBatchNorm'; Moves = $true }
            @{ Mode = 'Statistics'; Moves = $true }
        ) {
            $model = New-SmallModel 2 | Set-FreezeMode $Mode
            $before = Get-Answer $model
            $null = $model | Invoke-FineTune -Dataset $data -WeightDecay 0.01 -Momentum 0.9 -WarningAction SilentlyContinue
            (Get-Answer $model) -ne $before | Should -Be $Moves
        }
    }

    Context 'Framework' {
        It '<Framework> means <Mode>' -ForEach @(
            @{ Framework = 'Keras2.1.2'; Mode = 'Drifting' }
            @{ Framework = 'Keras2.3'; Mode = 'Legacy' }
            @{ Framework = 'TensorFlow1'; Mode = 'Legacy' }
            @{ Framework = 'TensorFlow2'; Mode = 'Inference' }
            @{ Framework = 'Keras3'; Mode = 'Inference' }
            @{ Framework = 'PyTorch'; Mode = 'Drifting' }
            @{ Framework = 'Lightning'; Mode = 'LiveBatchNorm' }
            @{ Framework = 'LightningFrozenBatchNorm'; Mode = 'Legacy' }
            @{ Framework = 'TensorFlowJs'; Mode = 'Drifting' }
            @{ Framework = 'timm'; Mode = 'Inference' }
            @{ Framework = 'fastai'; Mode = 'LiveBatchNorm' }
            @{ Framework = 'fastaiBnFreeze'; Mode = 'Inference' }
        ) {
            (New-SmallModel | Set-FreezeMode -Framework $Framework).FreezeMode | Should -Be $Mode
        }

        It 'is found whatever the case' {
            (New-SmallModel | Set-FreezeMode -Framework pytorch).FreezeMode | Should -Be 'Drifting'
        }

        # The same mode, another stored variance: Keras 2.1.2's is larger, TensorFlow.js' is the biased one.
        It 'brings its variance along with the mode' {
            New-ImageFolder "$TestDrive/eras"
            $data = Import-ImageDataset "$TestDrive/eras"
            $loss = foreach ($framework in 'PyTorch', 'TensorFlowJs', 'PyTorch') {
                $model = New-SmallModel 2 | Set-FreezeMode -Framework $framework
                $null = $model | Invoke-FineTune -Dataset $data -BatchNormMomentum 0.5 -WarningAction SilentlyContinue
                (Measure-TransferModel -Model $model -Dataset $data).Loss
            }
            $loss[2] | Should -Be $loss[0]
            $loss[1] | Should -Not -Be $loss[0]
        }
    }

    Context 'Scope' {
        It 'is the backbone: the head learns on' {
            $model = New-SmallModel 2 | Set-FreezeMode Inference
            ($model | Get-ModelLayer head.logits).Learns | Should -BeTrue
            $model.TrainableParameters | Should -Be 130
        }

        It 'is what -Layer names; the rest keeps what it had' {
            $model = New-SmallModel | Set-FreezeMode Inference | Set-FreezeMode None -Layer layer3.*, BN1
            $learning = @($model | Get-ModelLayer | Where-Object Learns)
            $learning[0].Name | Should -BeExactly 'bn1'
            $learning[1].Name | Should -BeExactly 'layer3.0.conv1'
            ($model | Get-ModelLayer layer2.2.bn2).FreezeMode | Should -Be 'Inference'
            $model.FreezeMode | Should -Be 'Mixed'
        }

        It 'may be the head, by name' {
            $model = New-SmallModel 2 | Set-FreezeMode Inference -Layer head.*
            ($model | Get-ModelLayer head.logits).Learns | Should -BeFalse
            ($model | Get-ModelLayer conv1).Learns | Should -BeTrue
        }

        It 'takes all of PowerShell''s wildcards with -Layer' {
            $model = New-SmallModel | Set-FreezeMode Inference -Layer 'layer[13].0.bn?'
            @($model | Get-ModelLayer | Where-Object FreezeMode -EQ Inference).Name | Should -Be 'layer1.0.bn1', 'layer1.0.bn2', 'layer3.0.bn1', 'layer3.0.bn2'
        }

        It 'is the first n layers with -First, in the order of Get-ModelLayer' {
            $model = New-SmallModel | Set-FreezeMode Inference -First 10
            $frozen = @($model | Get-ModelLayer | Where-Object FreezeMode -EQ Inference)
            $frozen | Should -HaveCount 10
            $frozen[-1].Index | Should -Be 9
        }

        Context 'The first layers of keras-resnet50' {
            BeforeAll { $keras = New-Backbone keras-resnet50 -InputShape 32 -WarningAction SilentlyContinue }

            It 'cut at 140, as the tutorial has it, part a convolution from its BatchNorm: a warning says so' {
                $null = $keras | Set-FreezeMode None
                $null = $keras | Set-FreezeMode Inference -First 140 -WarningVariable warnings -WarningAction SilentlyContinue
                $warnings | Should -HaveCount 1
                "$warnings" | Should -BeLike '-First 140 cuts between conv4_block6_3_conv and its BatchNorm conv4_block6_3_bn*Inference*'
                ($keras | Get-ModelLayer conv4_block6_3_conv).Learns | Should -BeFalse
                ($keras | Get-ModelLayer conv4_block6_3_bn).Learns | Should -BeTrue
            }

            It 'cut at <_> keep pairs together: no warning' -ForEach 141, 143, 175 {
                $null = $keras | Set-FreezeMode None
                $null = $keras | Set-FreezeMode Inference -First $_ -WarningVariable warnings -WarningAction SilentlyContinue
                $warnings | Should -BeNullOrEmpty
                @($keras | Get-ModelLayer | Where-Object FreezeMode -EQ Inference).Count | Should -Be $_
            }

            AfterAll { $keras.Dispose() }
        }
    }

    Context 'Bad input' {
        BeforeAll { $model = New-SmallModel 2 }

        It 'refuses -Layer that matches nothing, naming the nearest: <Pattern>' -ForEach @(
            @{ Pattern = 'bn1x'; Hint = "Did you mean 'bn1'?" }
            @{ Pattern = 'lyer1*'; Hint = "Did you mean 'layer1*'?" }
            @{ Pattern = 'stem*'; Hint = 'Nearest: ' }
        ) {
            $fault = Get-Fault { $model | Set-FreezeMode Legacy -Layer layer1.*, $Pattern }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.SetFreezeMode'
            $fault.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $fault.TargetObject | Should -Be $Pattern
            $fault.Exception.Message.Contains("No layer of resnet20 matches -Layer '$Pattern'. $Hint") | Should -BeTrue
            $fault.Exception.Message | Should -BeLike '*Get-ModelLayer lists them.'
            $model.FreezeMode | Should -Be 'None' -Because 'nothing is half done'
        }

        It 'refuses -Layer without a name, which would freeze nothing' {
            (Get-Fault { $model | Set-FreezeMode Legacy -Layer @() }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
            (Get-Fault { $model | Set-FreezeMode Legacy -Layer $null }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
            $model.FreezeMode | Should -Be 'None'
        }

        It 'refuses -First <_>' -ForEach 0, -1, 53 {
            $fault = Get-Fault { $model | Set-FreezeMode Legacy -First $_ }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.SetFreezeMode'
            $fault.TargetObject | Should -Be 'First'
            $fault.Exception.Message | Should -BeLike "-First must be from 1 to 52, the number of layers of resnet20, not $_."
        }

        It 'refuses -First with -Layer' {
            (Get-Fault { $model | Set-FreezeMode Legacy -First 3 -Layer bn1 }).Exception.Message | Should -BeLike '-Layer and -First*one of them*'
            $model.FreezeMode | Should -Be 'None'
        }

        It 'names the frameworks there are' {
            $fault = Get-Fault { $model | Set-FreezeMode -Framework TensorFlow3 }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.TargetObject | Should -Be 'Framework'
            $fault.Exception.Message | Should -BeLike "-Framework doesn't know 'TensorFlow3'. Did you mean*All: Keras2.1.2, Keras2.3*"
        }

        It 'names the modes there are' {
            $fault = Get-Fault { $model | Set-FreezeMode Frozen }
            $fault.CategoryInfo.Category | Should -Be 'InvalidArgument'
            $fault.Exception.Message | Should -BeLike '*Frozen*None, Inference, Legacy, Drifting, LiveBatchNorm, Statistics*'
        }

        It 'takes a mode or a framework, not both' {
            (Get-Fault { $model | Set-FreezeMode -Mode Legacy -Framework PyTorch }).FullyQualifiedErrorId | Should -BeLike 'AmbiguousParameterSet,*'
        }

        It 'refuses a disposed model' {
            $gone = New-SmallModel
            $gone.Dispose()
            $fault = Get-Fault { $gone | Set-FreezeMode Legacy }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.SetFreezeMode'
            $fault.Exception.Message | Should -BeLike "*'resnet20' was disposed*again*"
        }
    }

    Context 'At the prompt' {
        It 'completes <Line>' -ForEach @(
            @{ Line = 'Set-FreezeMode '; Expected = 'Drifting Inference Legacy LiveBatchNorm None Statistics' }
            @{ Line = 'Set-FreezeMode -Mode L'; Expected = 'Legacy LiveBatchNorm' }
            @{ Line = 'Set-FreezeMode -Framework Te'; Expected = 'TensorFlow1 TensorFlow2 TensorFlowJs' }
            @{ Line = 'Set-FreezeMode -Model $global:completed -Mode Legacy -Layer layer1.0.b'; Expected = 'layer1.0.bn1 layer1.0.bn2' }
            @{ Line = '$global:completed | Set-FreezeMode Legacy -Layer layer1.0.b'; Expected = 'layer1.0.bn1 layer1.0.bn2' }
        ) {
            # Completion runs in the session, not in this scope.
            $global:completed = New-SmallModel
            $found = [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches
            $global:completed.Dispose()
            $global:completed = $null
            $found.CompletionText -join ' ' | Should -Be $Expected
        }
    }
}
