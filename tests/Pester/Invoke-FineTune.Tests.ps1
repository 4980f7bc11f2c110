BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"

    # Sixteen images of 8×8 in two classes: two steps of eight.
    New-IdxFolder "$TestDrive/idx" -Label ((0, 5) * 8) -Side 8
    $data = Import-ImageDataset "$TestDrive/idx" -Class 0, 5
    New-IdxFolder "$TestDrive/unseen" -Label ((0, 5) * 3) -Side 8 -Seed 2
    $unseen = Import-ImageDataset "$TestDrive/unseen" -Class 0, 5
    $small = @{ Dataset = $data; BatchSize = 8 }

    # A rate so low that no float32 weight changes: running means become means at fixed weights.
    $still = 1e-30

    function New-FrozenModel([int] $ClassCount = 2, [string] $Mode = 'Inference') {
        New-SmallModel -ClassCount $ClassCount -InputShape 8 | Set-FreezeMode $Mode
    }
}

Describe 'Invoke-FineTune' {
    Context 'what comes out' {
        It 'is a result that carries the very model and data on' {
            $model = New-FrozenModel
            $result = Invoke-FineTune -Model $model @small -ValidationDataset $unseen -Epochs 2
            $result | Should -BeOfType ([PSTransfer.FineTuneResult])
            [object]::ReferenceEquals($result.Model, $model) | Should -BeTrue
            [object]::ReferenceEquals($result.Dataset, $data) | Should -BeTrue
            [object]::ReferenceEquals($result.ValidationDataset, $unseen) | Should -BeTrue
            $result.Epochs | Should -Be 2
            $result.Stopped | Should -Be 'Completed'
            $result.Seconds | Should -BeGreaterThan 0
            $result.ImagesPerSecond | Should -BeGreaterThan 0
        }

        It 'has a record per epoch' {
            $result = New-FrozenModel | Invoke-FineTune @small -ValidationDataset $unseen -Epochs 3
            $result.History.Epoch | Should -Be 1, 2, 3
            $result.History.Steps | Should -Be 2, 2, 2
            $result.History[2].Accuracy | Should -BeGreaterThan -0.001
            $result.History[2].Accuracy | Should -BeLessThan 1.001
            $result.History[0].Seconds | Should -BeGreaterThan 0
            $losses = $result.History.ValidationLoss
            $losses[$result.BestEpoch - 1] | Should -Be ([System.Linq.Enumerable]::Min([double[]] $losses))
        }

        It 'has no validation figures without validation images' {
            $result = New-FrozenModel | Invoke-FineTune @small
            $result.ValidationDataset | Should -BeNullOrEmpty
            $result.History[0].ValidationLoss | Should -BeNullOrEmpty
            $result.History[0].ValidationAccuracy | Should -BeNullOrEmpty
        }

        It 'lets $model.History grow over several runs' {
            $model = New-FrozenModel
            $model.History | Should -HaveCount 0
            $null = Invoke-FineTune -Model $model @small -Epochs 2
            $again = Invoke-FineTune -Model $model @small
            $again.History | Should -HaveCount 1
            $model.History | Should -HaveCount 3
        }

        It 'leaves the class names in the model' {
            $model = New-FrozenModel
            $null = Invoke-FineTune -Model $model @small
            $model.Classes | Should -Be $data.Classes
        }

        It 'learns: the loss falls' {
            $result = New-FrozenModel | Invoke-FineTune @small -Epochs 8 -Optimizer Adam -LearningRate 0.01
            $result.History[7].Loss | Should -BeLessThan $result.History[0].Loss
        }

        It 'changes the head and not a bit of a frozen backbone, whatever decay and momentum' {
            New-ImageFile "$TestDrive/one.bmp" -Label 3 -Height 8 -Width 8
            $model = New-FrozenModel
            $features = (Get-ImageFeature -Model $model -Path "$TestDrive/one.bmp").Feature
            $weights = Get-WeightHash $model
            $null = Invoke-FineTune -Model $model @small -Epochs 2 -Momentum 0.9 -Nesterov -WeightDecay 0.1
            (Get-ImageFeature -Model $model -Path "$TestDrive/one.bmp").Feature | Should -Be $features
            Get-WeightHash $model | Should -Not -Be $weights
        }
    }

    Context 'its figures' {
        It 'weighs each batch by its size, the small last one included' {
            New-IdxFolder "$TestDrive/ten" -Label ((0, 5) * 5) -Side 8 -Seed 3
            $ten = Import-ImageDataset "$TestDrive/ten" -Class 0, 5
            $model = New-FrozenModel
            $result = Invoke-FineTune -Model $model -Dataset $ten -BatchSize 4 -LearningRate $still
            $result.History[0].Steps | Should -Be 3
            $expected = Measure-TransferModel -Model $model -Dataset $ten
            $result.History[0].Accuracy | Should -Be $expected.Accuracy
            [Math]::Abs($result.History[0].Loss - $expected.Loss) | Should -BeLessThan 1e-6
        }

        It 'validates at the weights after the epoch, in the inference phase' {
            $model = New-FrozenModel -Mode Legacy
            $result = Invoke-FineTune -Model $model @small -ValidationDataset $unseen -WarningAction SilentlyContinue
            $expected = Measure-TransferModel -Model $model -Dataset $unseen -Phase Inference
            $result.History[0].ValidationAccuracy | Should -Be $expected.Accuracy
            [Math]::Abs($result.History[0].ValidationLoss - $expected.Loss) | Should -BeLessThan 1e-6
        }

        It 'may validate on the training images' {
            $model = New-FrozenModel
            $result = Invoke-FineTune -Model $model @small -ValidationDataset $data
            $expected = Measure-TransferModel -Model $model -Dataset $data
            [Math]::Abs($result.History[0].ValidationLoss - $expected.Loss) | Should -BeLessThan 1e-6
        }
    }

    Context 'in a pipeline' {
        It 'runs the sentence: import, split, backbone, head, freeze, fine-tune, test' {
            New-ImageFolder "$TestDrive/cats-and-dogs" -Count 5
            $null = New-SmallModel -InputShape 16 | Export-TransferModel -Path "$TestDrive/weights.safetensors"

            $split = Import-ImageDataset "$TestDrive/cats-and-dogs" -ImageSize 16 | Split-ImageDataset -Validation 0.2
            $report = New-Backbone resnet20 -Weights "$TestDrive/weights.safetensors" -InputShape 16 -WarningVariable +warned |
                Add-ClassifierHead -ClassCount 2 -WarningVariable +warned |
                Set-FreezeMode Inference -WarningVariable +warned |
                Invoke-FineTune -Dataset $split.Training -ValidationDataset $split.Validation -Epochs 2 -WarningVariable +warned |
                Test-LearningPhase -Dataset $split.Training -ValidationDataset $split.Validation

            $report.PhasesAgree | Should -BeTrue
            $report.Inference.Count | Should -Be 8
            $report.Validation.Count | Should -Be 2
            $warned | Should -BeNullOrEmpty
        }

        It 'binds model, data and validation images onward by name' {
            $result = New-FrozenModel | Invoke-FineTune @small -ValidationDataset $unseen
            $report = $result | Test-LearningPhase
            $report.Inference.Count | Should -Be 16
            $report.Validation.Count | Should -Be 6
            ($result | Measure-TransferModel).Count | Should -Be 16
            ($result | Copy-TransferModel).History | Should -HaveCount 1
            ($result | Invoke-FineTune -BatchSize 8).ValidationDataset.Count | Should -Be 6
        }

        It 'gives way to explicit parameters' {
            $result = New-FrozenModel | Invoke-FineTune @small -ValidationDataset $unseen
            $report = $result | Test-LearningPhase -Dataset $unseen -ValidationDataset $data
            $report.Inference.Count | Should -Be 6
            $report.Validation.Count | Should -Be 16
            ($result | Measure-TransferModel -Dataset $unseen).Count | Should -Be 6
        }
    }

    Context 'its settings' {
        It 'takes <Rate> as the usual rate of <Optimizer>' -ForEach @(
            @{ Optimizer = 'SGD'; Rate = 0.01 }
            @{ Optimizer = 'Adam'; Rate = 0.001 }
            @{ Optimizer = 'AdamW'; Rate = 0.001 }
        ) {
            $result = New-FrozenModel | Invoke-FineTune @small -Optimizer $Optimizer
            $result.History[0].LearningRate | Should -Be $Rate
        }

        It 'trains otherwise with <Name>' -ForEach @(
            @{ Name = 'momentum'; Setting = @{ Momentum = 0.9 } }
            @{ Name = 'Nesterov momentum'; Setting = @{ Momentum = 0.9; Nesterov = $true } }
            @{ Name = 'weight decay'; Setting = @{ WeightDecay = 0.5 } }
            @{ Name = 'Adam'; Setting = @{ Optimizer = 'Adam' } }
            @{ Name = 'another seed'; Setting = @{ Seed = 7 } }
            @{ Name = 'augmentation'; Setting = @{ Augmentation = 'Flip', 'Rotation:15', 'Crop:2' } }
        ) {
            $plain = New-FrozenModel
            $model = Copy-TransferModel $plain
            $null = Invoke-FineTune -Model $plain @small -Epochs 2
            $null = Invoke-FineTune -Model $model @small -Epochs 2 @Setting
            Get-WeightHash $model | Should -Not -Be (Get-WeightHash $plain)
        }

        It 'takes -StepsPerEpoch <Steps>, of two in the data' -ForEach @{ Steps = 1 }, @{ Steps = 5 } {
            $result = New-FrozenModel | Invoke-FineTune @small -StepsPerEpoch $Steps
            $result.History[0].Steps | Should -Be $Steps
        }

        It 'follows one cycle: a 25th, the whole rate at 30 % of the run, a 250,000th at its end' {
            $result = New-FrozenModel | Invoke-FineTune -Dataset $data -BatchSize 16 -Epochs 10 -LearningRate 0.1 -Schedule OneCycle
            $rates = $result.History.LearningRate
            [Math]::Abs($rates[0] - 0.004) | Should -BeLessThan 1e-9
            [Math]::Abs($rates[2] - 0.1) | Should -BeLessThan 1e-9
            [Math]::Abs($rates[9] - 4e-7) | Should -BeLessThan 1e-12
        }

        It 'stops early when the validation loss no longer falls' {
            $result = New-FrozenModel | Invoke-FineTune @small -ValidationDataset $unseen -Epochs 9 -EarlyStopping 2 -LearningRate $still
            $result.Stopped | Should -Be 'EarlyStopping'
            $result.Epochs | Should -Be 3
            $result.BestEpoch | Should -Be 1
        }

        It 'takes one logit for two classes, with the loss that fits it' {
            $automatic = New-FrozenModel -ClassCount 1
            $explicit = Copy-TransferModel $automatic
            $result = Invoke-FineTune -Model $automatic @small
            $null = Invoke-FineTune -Model $explicit @small -Loss BinaryCrossEntropy
            $result.History[0].Loss | Should -BeGreaterThan 0
            Get-WeightHash $explicit | Should -Be (Get-WeightHash $automatic)
            $automatic.Classes | Should -HaveCount 2
        }

        It 'sets the momentum of moving statistics in Keras'' convention' {
            # Momentum 0 keeps nothing of the old statistics, 0.99 almost all: only the former is near the batch.
            $fast = New-FrozenModel -Mode Drifting
            $slow = Copy-TransferModel $fast
            $null = Invoke-FineTune -Model $fast -Dataset $data -BatchSize 16 -BatchNormMomentum 0 -WarningAction SilentlyContinue
            $null = Invoke-FineTune -Model $slow -Dataset $data -BatchSize 16 -BatchNormMomentum 0.99 -WarningAction SilentlyContinue
            $gap = { param($model) [Math]::Abs((Test-LearningPhase -Model $model -Dataset $data -BatchSize 16).NormalizationGap.Loss) }
            & $gap $fast | Should -BeLessThan (& $gap $slow)
        }

        It 'follows -Schedule <Schedule> to the last epoch''s rate' -ForEach @(
            @{ Schedule = 'Step'; Setting = @{ DecayEpochs = 2; DecayFactor = 0.5 }; Rate = 0.025 }
            @{ Schedule = 'Cosine'; Setting = @{}; Rate = 0.1 * (1 + [Math]::Cos([Math]::PI * 0.8)) / 2 }
            @{ Schedule = 'Constant'; Setting = @{ WarmupSteps = 4 }; Rate = 0.1 }
        ) {
            $result = New-FrozenModel | Invoke-FineTune -Dataset $data -BatchSize 16 -Epochs 5 -LearningRate 0.1 -Schedule $Schedule @Setting
            [Math]::Abs($result.History[4].LearningRate - $Rate) | Should -BeLessThan 1e-12
        }

        It 'lowers the rate on a plateau' {
            $result = New-FrozenModel | Invoke-FineTune @small -ValidationDataset $unseen -Epochs 4 -LearningRate $still -Schedule Plateau -DecayEpochs 1
            [Math]::Abs($result.History[3].LearningRate / $still - 0.01) | Should -BeLessThan 1e-12
        }

        It 'goes back to the best epoch with -RestoreBest' {
            $swapped = Import-ImageDataset "$TestDrive/unseen" -Class 0, 5
            $model = New-FrozenModel
            $result = Invoke-FineTune -Model $model @small -ValidationDataset $swapped -Epochs 6 -LearningRate 0.5 -RestoreBest
            $measured = $model | Measure-TransferModel -Dataset $swapped
            [Math]::Abs($measured.Loss - $result.History[$result.BestEpoch - 1].ValidationLoss) | Should -BeLessThan 1e-5
        }

        It 'runs stages, as hashtables and as objects' {
            $model = New-SmallModel -ClassCount 2 -InputShape 8
            $result = Invoke-FineTune -Model $model @small -LearningRate 0.01 -Stage @{ Mode = 'Inference'; Epochs = 2 },
                ([pscustomobject] @{ Mode = 'Statistics'; Layer = 'layer3*'; LearningRate = 1e-4 })
            $result.History.Epoch | Should -Be 1, 2, 3
            $result.History.LearningRate | Should -Be 0.01, 0.01, 1e-4
            @($model | Get-ModelLayer layer3* | Where-Object Learns -EQ $false) | Should -HaveCount 0
            @($model | Get-ModelLayer layer1* | Where-Object Learns -EQ $true) | Should -HaveCount 0
            $result.FeatureCache | Should -BeLike 'Stage 1: training: 16 images*; Stage 2: training: 16 images*'
        }

        It 'refuses a stage with <What>, before the first step' -ForEach @(
            @{ What = 'an unknown key'; Stage = @{ Mod = 'Inference' }; Message = "-Stage 1: a stage has no 'Mod'. Did you mean 'Mode'?*" }
            @{ What = 'an unknown mode'; Stage = @{ Mode = 'Frozen' }; Message = "-Stage 1: Mode can't be 'Frozen': it takes one of None, Inference,*" }
            @{ What = 'a number in its place'; Stage = 3; Message = "-Stage 1 is '3': a stage takes @{ Mode = 'Inference'; Epochs = 5 }*" }
            @{ What = 'a text in its place'; Stage = 'Inference'; Message = "-Stage 1 is 'Inference': a stage takes @{ Mode = 'Inference'; Epochs = 5 }*" }
            @{ What = 'a count that is none'; Stage = @{ Epochs = 'many' }; Message = "-Stage 1: Epochs can't be 'many': it takes a whole number." }
            @{ What = 'no epochs'; Stage = @{ Epochs = 0 }; Message = '-Stage 1: Epochs must be at least 1, not 0.' }
            @{ What = 'a layer that isn''t there'; Stage = @{ Mode = 'None'; Layer = 'layer9' }; Message = "-Stage 1: No layer of resnet20 matches -Layer 'layer9'*" }
        ) {
            $model = New-FrozenModel
            (Get-Fault { Invoke-FineTune -Model $model @small -Stage $Stage }).Exception.Message | Should -BeLike $Message
            $model.History | Should -HaveCount 0
        }

        It 'weighs classes: -ClassWeight <Name>' -ForEach @(
            @{ Name = 'by name'; Weight = @{ '0' = 3 }; Differs = $true }
            @{ Name = 'Auto, which leaves equal classes alike'; Weight = 'Auto'; Differs = $false }
        ) {
            $plain = New-FrozenModel
            $weighted = Copy-TransferModel $plain
            $classes = $data.Classes
            if ($Differs) { $Weight = @{ $classes[0] = 3 } }
            $first = Invoke-FineTune -Model $plain @small
            $second = Invoke-FineTune -Model $weighted @small -ClassWeight $Weight
            ([Math]::Abs($first.History[0].Loss - $second.History[0].Loss) -gt 1e-5) | Should -Be $Differs
        }

        It 'refuses -ClassWeight <Weight>' -ForEach @(
            @{ Weight = 'Even'; Message = "-ClassWeight takes a table*'Even'*" }
            @{ Weight = @(1, 2); Message = "-ClassWeight takes a table*'1, 2'." }
            @{ Weight = @{ cat = 1 }; Message = "-ClassWeight names the class 'cat'*" }
            @{ Weight = @{ cat = 'x' }; Message = "-ClassWeight cat can't be 'x': it takes a number." }
        ) {
            (Get-Fault { New-FrozenModel | Invoke-FineTune @small -ClassWeight $Weight }).Exception.Message | Should -BeLike $Message
        }

        It 'tells of a rate for layers that don''t learn' {
            $null = New-FrozenModel | Invoke-FineTune @small -LayerRate @{ 'layer1*' = 0.1 } -WarningVariable warned -WarningAction SilentlyContinue
            $warned | Should -HaveCount 1
            $warned[0].Message | Should -BeLike "-LayerRate 'layer1*' does nothing*Set-FreezeMode None -Layer 'layer1*'*"
        }

        It 'multiplies the rate of layers: -LayerRate' {
            $half = New-FrozenModel
            $full = Copy-TransferModel $half
            $null = Invoke-FineTune -Model $half @small -LearningRate 0.01 -LayerRate @{ 'head*' = 2 }
            $null = Invoke-FineTune -Model $full @small -LearningRate 0.02
            Get-WeightHash $half | Should -Be (Get-WeightHash $full)
        }
    }

    Context 'its feature cache' {
        It 'says what it kept, and -Verbose says it too' {
            $result = New-FrozenModel | Invoke-FineTune @small -ValidationDataset $unseen -Epochs 2 -Verbose 4>&1
            $result[-1].FeatureCache | Should -BeLike 'training: 16 images as far as *MiB in memory; validation: 6 images*'
            @($result | Where-Object { "$_" -like 'Computed once instead of at each epoch: training: 16 images*' }) | Should -HaveCount 1
        }

        It 'can be off' {
            (New-FrozenModel | Invoke-FineTune @small -FeatureCache Off).FeatureCache | Should -Be 'nothing (-FeatureCache Off)'
        }

        It 'keeps some augmentations of each image when asked' {
            $draws = @{ Augmentation = 'Light'; CachedDraws = 2; Epochs = 4 }
            $cached, $plain = (New-FrozenModel), (New-FrozenModel)
            (Invoke-FineTune -Model $cached @small @draws).FeatureCache | Should -BeLike 'training: 2 draws of 16 images as far as *'
            (Invoke-FineTune -Model $plain @small @draws -FeatureCache Off).FeatureCache | Should -Be 'nothing (-FeatureCache Off)'
            [Math]::Abs($cached.History[-1].Loss - $plain.History[-1].Loss) | Should -BeLessThan 1e-4
            $fault = Get-Fault { New-FrozenModel | Invoke-FineTune @small -Augmentation Light, Mixup -CachedDraws 2 }
            $fault.Exception.Message | Should -BeLike '*-CachedDraws*Mixup*'
        }

        It 'keeps files in a folder for the next run' {
            $model = New-FrozenModel
            $copy = Copy-TransferModel $model
            $first = Invoke-FineTune -Model $model @small -FeatureCache "$TestDrive/below/../features"
            $first.FeatureCache | Should -BeLike "training:* in $TestDrive*features*.features" -Because 'the path is made a full one'
            $first.FeatureCache | Should -Not -BeLike '*below*'
            (Invoke-FineTune -Model $copy @small -FeatureCache "$TestDrive/features").FeatureCache | Should -BeLike '* found in *'
            Get-WeightHash $copy | Should -Be (Get-WeightHash $model)
        }

        It 'refuses a folder that can''t be one, before anything changes' {
            [System.IO.File]::WriteAllText("$TestDrive/features.txt", 'a file')
            $model = New-FrozenModel
            $fault = Get-Fault { Invoke-FineTune -Model $model @small -FeatureCache "$TestDrive/features.txt" }
            $fault.FullyQualifiedErrorId | Should -Be 'WriteFailed,PSTransfer.Commands.InvokeFineTune'
            $fault.Exception.Message | Should -BeLike "-FeatureCache: *features.txt can't be written: it is a file; give the path of a folder. Auto needs no folder, Off does without features."
            $model.Classes | Should -HaveCount 0
        }

        It 'does not take a switch for a folder' {
            $fault = Get-Fault { Invoke-FineTune -Model (New-FrozenModel) @small -FeatureCache On }
            $fault.Exception.Message | Should -Be '-FeatureCache is Auto, Off or a folder, not On; ./On is the folder of that name.'
        }

        It 'completes Auto and Off' {
            $line = 'Invoke-FineTune -FeatureCache '
            (TabExpansion2 $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Be 'Auto', 'Off'
        }
    }

    Context 'with a seed' {
        It 'gives the same bits again, dropout and augmentation included' {
            $hashes = foreach ($run in 1, 2) {
                $model = New-SmallModel -InputShape 8 | Add-ClassifierHead -ClassCount 2 -Dropout 0.5 | Set-FreezeMode Inference
                # What happens in between draws no numbers from the run's.
                $null = New-SmallModel -InputShape 8 -Seed $run
                $null = Invoke-FineTune -Model $model @small -Epochs 2 -Augmentation Flip, Rotation -Seed 3
                Get-WeightHash $model
            }
            $hashes[0] | Should -Be $hashes[1]
        }
    }

    Context 'its warnings' {
        It 'names the trap of <Mode> once, with the remedy and the test' -ForEach @{ Mode = 'Legacy' }, @{ Mode = 'Drifting' } {
            $null = New-FrozenModel -Mode $Mode | Invoke-FineTune @small -Epochs 2 -BatchNormMomentum 0.1 -WarningVariable warned -WarningAction SilentlyContinue
            $warned | Should -HaveCount 1
            $warned[0].Message | Should -BeLike "*21 frozen BatchNorm layers*$Mode*"
            $warned[0].Message | Should -BeLike '*Set-FreezeMode Inference*'
            $warned[0].Message | Should -BeLike '*Test-LearningPhase*'
        }

        It 'says nothing under <Mode>, where the phases agree' -ForEach @{ Mode = 'Inference' }, @{ Mode = 'Statistics' } {
            $null = New-FrozenModel -Mode $Mode | Invoke-FineTune @small -WarningVariable warned
            $warned | Should -BeNullOrEmpty
        }

        It 'tells of statistics that can''t adapt in time under <Mode>, and its remedy helps' -ForEach @{ Mode = 'None' }, @{ Mode = 'LiveBatchNorm' } {
            $model = New-FrozenModel -Mode $Mode
            $null = Invoke-FineTune -Model $model @small -Epochs 2 -WarningVariable warned -WarningAction SilentlyContinue
            $warned | Should -HaveCount 1
            $warned[0].Message | Should -Match '-BatchNormMomentum to 0\.\d+'
            $momentum = [double] [regex]::Match($warned[0].Message, '-BatchNormMomentum to (0\.\d+)').Groups[1].Value
            $null = Invoke-FineTune -Model $model @small -Epochs 2 -BatchNormMomentum $momentum -WarningVariable after
            $after | Should -BeNullOrEmpty
        }

        It 'tells of batches with few values per channel, and refuses a single one' {
            # resnet18 at 32×32 ends in maps of 1×1.
            New-ImageFolder "$TestDrive/three" -Class a, b, c -Count 1
            $three = Import-ImageDataset "$TestDrive/three"
            $model = New-Backbone resnet18 -InputShape 32 -WarningAction SilentlyContinue | Add-ClassifierHead -ClassCount 3 | Set-FreezeMode Legacy
            $null = Invoke-FineTune -Model $model -Dataset $three -BatchSize 3 -WarningVariable warned -WarningAction SilentlyContinue
            @($warned | Where-Object { $_.Message -like '*only 3 values per channel*-BatchSize*' }) | Should -HaveCount 1

            $fault = Get-Fault { Invoke-FineTune -Model $model -Dataset $three -BatchSize 2 }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument*'
            $fault.Exception.Message | Should -BeLike '*single value*-BatchSize*'
            $model.History | Should -HaveCount 1
            $model.Dispose()
        }
    }

    Context 'with -Strict' {
        It 'refuses <Mode> before anything changes, with the layers, the remedy and an id of its own' -ForEach @(
            @{ Mode = 'Legacy'; Message = '*21 frozen BatchNorm layers (mode Legacy)*bn1, layer1.0.bn1, layer1.0.bn2 and 18 more*Set-FreezeMode Inference*' }
            @{ Mode = 'Drifting'; Message = '*21 frozen BatchNorm layers (mode Drifting)*' }
            @{ Mode = 'None'; Message = '*After 2 updates*bn1, layer1.0.bn1, layer1.0.bn2 and 18 more*-BatchNormMomentum to 0.*' }
        ) {
            $model = New-FrozenModel -Mode $Mode
            $weights = Get-WeightHash $model
            $fault = Get-Fault { Invoke-FineTune -Model $model @small -Strict -CheckpointPath "$TestDrive/strict.ckpt" }
            $fault.FullyQualifiedErrorId | Should -Be 'Unsound,PSTransfer.Commands.InvokeFineTune'
            $fault.CategoryInfo.Category | Should -Be 'InvalidResult'
            $fault.TargetObject | Should -Be 'bn1'
            $fault.Exception.Message | Should -BeLike "-Strict: $Message"
            Get-WeightHash $model | Should -Be $weights
            $model.History | Should -HaveCount 0
            $model.Classes | Should -HaveCount 0
            "$TestDrive/strict.ckpt" | Should -Not -Exist
        }

        It 'trains a sound run under <Mode> to the same bits, without a word' -ForEach @(
            @{ Mode = 'Inference'; Setting = @{} }
            @{ Mode = 'Statistics'; Setting = @{} }
            @{ Mode = 'LiveBatchNorm'; Setting = @{ BatchNormMomentum = 0.1 } }
        ) {
            $strict = New-FrozenModel -Mode $Mode
            $plain = Copy-TransferModel $strict
            $null = Invoke-FineTune -Model $strict @small @Setting -Strict -WarningVariable warned
            $null = Invoke-FineTune -Model $plain @small @Setting
            $warned | Should -BeNullOrEmpty
            Get-WeightHash $strict | Should -Be (Get-WeightHash $plain)
        }

        It 'is not for Compare-FreezeMode, whose modes are there to be seen' {
            (Get-Command Compare-FreezeMode).Parameters.ContainsKey('Strict') | Should -BeFalse
        }
    }

    Context 'with -WhatIf' {
        It 'does nothing' {
            $model = New-FrozenModel
            $weights = Get-WeightHash $model
            Invoke-FineTune -Model $model @small -CheckpointPath "$TestDrive/whatif.ckpt" -WhatIf | Should -BeNullOrEmpty
            $model.History | Should -HaveCount 0
            "$TestDrive/whatif.ckpt" | Should -Not -Exist
            Get-WeightHash $model | Should -Be $weights
        }
    }

    Context 'its progress' {
        It 'shows epoch, step, loss, share and time left, and is taken away at the end' {
            $shell = New-Shell 'Invoke-FineTune -Model $model -Dataset $data -BatchSize 8 -Epochs 2' @{ model = New-FrozenModel; data = $data }
            $null = $shell.Invoke()
            $shell.HadErrors | Should -BeFalse
            $records = @($shell.Streams.Progress | Where-Object Activity -EQ 'Fine-tuning resnet20')
            $before = @($shell.Streams.Progress | Where-Object Activity -EQ 'Preparing resnet20')
            $shell.Dispose()
            $before[0].StatusDescription | Should -Be 'features of idx'
            $before[-1].RecordType | Should -Be 'Completed'
            $records[0].StatusDescription | Should -Match '^epoch 1/2, step 1/2, loss \d+\.\d{4}, accuracy [01]\.\d{4}$'
            $records[0].PercentComplete | Should -Be 25
            $records[0].SecondsRemaining | Should -BeGreaterThan -1
            @($records | Where-Object RecordType -EQ 'Completed') | Should -HaveCount 1
            $records[-1].RecordType | Should -Be 'Completed'
        }

        It 'counts <Epochs> epochs of <Steps> steps, more than an int holds' -ForEach @{ Epochs = 65536; Steps = 65536 }, @{ Epochs = 1000000; Steps = 4295 } {
            $shell = New-Shell "Invoke-FineTune -Model `$model -Dataset `$data -BatchSize 8 -Epochs $Epochs -StepsPerEpoch $Steps" @{ model = New-FrozenModel; data = $data }
            $run = $shell.BeginInvoke()
            # The second one's product is 32704 to an int, so that a step in the hundreds would be beyond the end.
            $late = { @($shell.Streams.Progress.ReadAll() | Where-Object StatusDescription -Match 'epoch 1/\d+, step (4\d\d|[5-9]\d\d|\d{4,})/') }
            for ($i = 0; $i -lt 3000 -and -not ($records = & $late) -and -not $run.IsCompleted; $i++) { $null = $run.AsyncWaitHandle.WaitOne(20) }
            $null = $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(60000)
            $shell.InvocationStateInfo.State | Should -Be 'Stopped' -Because 'it hadn''t failed before'
            $shell.Dispose()
            $records[0].PercentComplete | Should -Be 0
        }
    }

    Context 'stopped half-way' {
        It 'ends, leaves the model usable, and its checkpoint resumes to the bits of a run that was never stopped' {
            $model = New-FrozenModel
            $untouched = Copy-TransferModel $model
            $checkpoint = "$TestDrive/stopped.ckpt"
            $shell = New-Shell 'Invoke-FineTune -Model $model -Dataset $data -BatchSize 8 -Epochs 1000000 -Momentum 0.9 -CheckpointPath $checkpoint' @{
                model = $model; data = $data; checkpoint = $checkpoint
            }
            $run = $shell.BeginInvoke()
            for ($i = 0; $i -lt 3000 -and -not [System.IO.File]::Exists($checkpoint) -and -not $run.IsCompleted; $i++) {
                $null = $run.AsyncWaitHandle.WaitOne(20)
            }
            $stop = $shell.BeginStop($null, $null)
            $stop.AsyncWaitHandle.WaitOne(60000) | Should -BeTrue -Because 'a stop ends within a batch'
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $shell.Dispose()

            $model.History.Count | Should -BeGreaterThan 0
            ($model | Measure-TransferModel -Dataset $data).Count | Should -Be 16

            $done = (Import-TransferModel $checkpoint).History.Count
            $resumed = Invoke-FineTune -Model $model @small -Epochs ($done + 1) -Momentum 0.9 -CheckpointPath $checkpoint -Resume
            $whole = Invoke-FineTune -Model $untouched @small -Epochs ($done + 1) -Momentum 0.9
            $resumed.History.Loss | Should -Be $whole.History.Loss
            Get-WeightHash $model | Should -Be (Get-WeightHash $untouched)
            $model.History | Should -HaveCount ($done + 1)
        }
    }

    Context 'its logs' {
        It 'has a line per epoch, with -Resume behind those that are there; the information stream has the epochs as objects' {
            $log = "$TestDrive/log [1] ä.jsonl"
            $model = New-FrozenModel
            $null = Invoke-FineTune -Model $model @small -Epochs 1 -CheckpointPath "$TestDrive/log.ckpt" -LogPath $log
            $result = Invoke-FineTune -Model $model @small -Epochs 3 -CheckpointPath "$TestDrive/log.ckpt" -Resume -LogPath $log -InformationVariable said
            $lines = @([System.IO.File]::ReadAllLines($log) | ForEach-Object { [System.Text.Json.JsonDocument]::Parse($_).RootElement })
            @($lines | ForEach-Object { $_.GetProperty('epoch').GetInt32() }) | Should -Be 1, 2, 3
            @($lines | ForEach-Object { $_.GetProperty('loss').GetDouble() }) | Should -Be $result.History.Loss
            $said.MessageData.Epoch | Should -Be 2, 3
            $said.MessageData.Loss | Should -Be $result.History.Loss[1, 2]
            @($said.Tags) | Should -Be 'Epoch', 'Epoch'
        }

        It 'has events for TensorBoard' {
            $null = New-FrozenModel | Invoke-FineTune @small -TensorBoardPath "$TestDrive/board/1"
            $files = [System.IO.Directory]::GetFiles("$TestDrive/board/1", 'events.out.tfevents.*')
            $files | Should -HaveCount 1
            [System.Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes($files[0])) | Should -BeLike '*brain.Event:2*loss/training*learning_rate*'
        }

        It 'refuses an empty path: -<Parameter>' -ForEach @{ Parameter = 'CheckpointPath' }, @{ Parameter = 'LogPath' }, @{ Parameter = 'TensorBoardPath' } {
            $empty = @{ $Parameter = '' }
            (Get-Fault { New-FrozenModel | Invoke-FineTune @small @empty }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
        }

        It 'refuses a file that is no log, before the first epoch' {
            [System.IO.File]::WriteAllText("$TestDrive/notes.txt", 'notes')
            $model = New-FrozenModel
            $fault = Get-Fault { Invoke-FineTune -Model $model @small -LogPath "$TestDrive/notes.txt" }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*notes.txt*no log of a run*-LogPath*'
            $model.History | Should -HaveCount 0
        }
    }

    Context 'its checkpoint' {
        It 'is written after each epoch and imports as a model' {
            $model = New-FrozenModel
            $null = Invoke-FineTune -Model $model @small -Epochs 2 -CheckpointPath "$TestDrive/a.ckpt"
            $loaded = Import-TransferModel "$TestDrive/a.ckpt"
            $loaded.History | Should -HaveCount 2
            Get-WeightHash $loaded | Should -Be (Get-WeightHash $model)
        }

        It 'starts anew with -Resume when there is none yet' {
            $result = New-FrozenModel | Invoke-FineTune @small -CheckpointPath "$TestDrive/none.ckpt" -Resume
            $result.Epochs | Should -Be 1
            "$TestDrive/none.ckpt" | Should -Exist
        }

        It 'says with -Verbose where a resumed run begins' {
            $run = { New-FrozenModel | Invoke-FineTune @small -Epochs $args[0] -CheckpointPath "$TestDrive/told.ckpt" -Resume -Verbose 4>&1 | ForEach-Object { "$_" } }
            @(& $run 1) | Should -Contain "There is no checkpoint $([System.IO.Path]::Combine($TestDrive, 'told.ckpt')) yet: the run begins with epoch 1."
            @(& $run 2) | Should -Contain "The run goes on from the checkpoint $([System.IO.Path]::Combine($TestDrive, 'told.ckpt')), after epoch 1 of 2."
        }

        It 'goes on where a shorter run ended, with <Optimizer>' -ForEach @{ Optimizer = 'SGD' }, @{ Optimizer = 'Adam' }, @{ Optimizer = 'AdamW' } {
            $model = New-FrozenModel
            $whole = Copy-TransferModel $model
            $null = Invoke-FineTune -Model $model @small -Epochs 1 -Optimizer $Optimizer -CheckpointPath "$TestDrive/$Optimizer.ckpt"
            $fresh = New-FrozenModel
            $resumed = Invoke-FineTune -Model $fresh @small -Epochs 3 -Optimizer $Optimizer -CheckpointPath "$TestDrive/$Optimizer.ckpt" -Resume
            $null = Invoke-FineTune -Model $whole @small -Epochs 3 -Optimizer $Optimizer
            $resumed.History.Epoch | Should -Be 1, 2, 3
            Get-WeightHash $fresh | Should -Be (Get-WeightHash $whole)
        }

        It 'is refused by a run with other settings' {
            $model = New-FrozenModel
            $null = Invoke-FineTune -Model $model @small -CheckpointPath "$TestDrive/b.ckpt"
            $fault = Get-Fault { Invoke-FineTune -Model $model @small -Epochs 2 -LearningRate 0.5 -CheckpointPath "$TestDrive/b.ckpt" -Resume }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*b.ckpt: this checkpoint is of another run. LearningRate 0.01 in the checkpoint, 0.5 now. Resume with*-Resume*Import-TransferModel*'
        }

        It 'is refused by a run on other images, whose names and numbers it says' {
            $model = New-FrozenModel
            $null = Invoke-FineTune -Model $model @small -CheckpointPath "$TestDrive/d.ckpt"
            New-IdxFolder "$TestDrive/more/idx" -Label ((0, 5) * 9) -Side 8
            $fault = Get-Fault { Invoke-FineTune -Model (New-FrozenModel) -Dataset (Import-ImageDataset "$TestDrive/more/idx" -Class 0, 5) -BatchSize 8 -Epochs 2 -CheckpointPath "$TestDrive/d.ckpt" -Resume }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike "*d.ckpt*trained on 'idx', 16 images; this is 'idx', 18 images.*-Resume*"
        }

        It 'is refused by a backbone with other weights' {
            $null = New-FrozenModel | Invoke-FineTune @small -CheckpointPath "$TestDrive/e.ckpt"
            $other = New-SmallModel -ClassCount 2 -InputShape 8 -Seed 7 | Set-FreezeMode Inference
            $weights = Get-WeightHash $other
            $fault = Get-Fault { Invoke-FineTune -Model $other @small -Epochs 2 -CheckpointPath "$TestDrive/e.ckpt" -Resume }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*e.ckpt: conv1.weight*other pretrained weights*'
            Get-WeightHash $other | Should -Be $weights
        }

        It 'doesn''t replace a file that is none' {
            [System.IO.File]::WriteAllText("$TestDrive/thesis.txt", 'text')
            $fault = Get-Fault { New-FrozenModel | Invoke-FineTune @small -CheckpointPath "$TestDrive/thesis.txt" }
            $fault.FullyQualifiedErrorId | Should -Be 'AlreadyExists,PSTransfer.Commands.InvokeFineTune'
            $fault.Exception.Message | Should -BeLike '*thesis.txt exists*-CheckpointPath*'
            [System.IO.File]::ReadAllText("$TestDrive/thesis.txt") | Should -Be 'text'
        }

        It 'is refused when it isn''t one' {
            $model = New-FrozenModel
            $null = Export-TransferModel -Model $model -Path "$TestDrive/plain.safetensors"
            $fault = Get-Fault { Invoke-FineTune -Model $model @small -CheckpointPath "$TestDrive/plain.safetensors" -Resume }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*plain.safetensors*not a checkpoint*'
        }

        It 'can''t be written into a folder that isn''t there, which is told before the first epoch' {
            $model = New-FrozenModel
            $fault = Get-Fault { Invoke-FineTune -Model $model @small -CheckpointPath "$TestDrive/missing/c.ckpt" }
            $fault.FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
            $fault.Exception.Message | Should -BeLike '*missing*create it*'
            $model.History | Should -HaveCount 0
        }
    }

    Context 'bad input' {
        It 'refuses -<Parameter> <Value>' -ForEach @(
            @{ Parameter = 'LearningRate'; Value = 0.0 }
            @{ Parameter = 'LearningRate'; Value = -1.0 }
            @{ Parameter = 'LearningRate'; Value = [double]::NaN }
            @{ Parameter = 'LearningRate'; Value = [double]::PositiveInfinity }
            @{ Parameter = 'LearningRate'; Value = 1e39 }
            @{ Parameter = 'WeightDecay'; Value = 1e300 }
            @{ Parameter = 'ClassWeight'; Value = @{ '0' = 1e300 } }
            @{ Parameter = 'Epochs'; Value = 0 }
            @{ Parameter = 'StepsPerEpoch'; Value = 0 }
            @{ Parameter = 'BatchSize'; Value = 0 }
            @{ Parameter = 'Momentum'; Value = 1.0 }
            @{ Parameter = 'Nesterov'; Value = $true }
            @{ Parameter = 'WeightDecay'; Value = -0.1 }
            @{ Parameter = 'WeightDecay'; Value = [double]::NaN }
            @{ Parameter = 'BatchNormMomentum'; Value = 1.0 }
            @{ Parameter = 'EarlyStopping'; Value = 3 }
            @{ Parameter = 'Resume'; Value = $true }
            @{ Parameter = 'RestoreBest'; Value = $true }
            @{ Parameter = 'DecayEpochs'; Value = 2 }
            @{ Parameter = 'DecayFactor'; Value = 0.5 }
            @{ Parameter = 'WarmupSteps'; Value = 2 }
            @{ Parameter = 'LayerRate'; Value = @{ 'head*' = 0 } }
            @{ Parameter = 'ClipNorm'; Value = 0 }
            @{ Parameter = 'AccumulationSteps'; Value = 0 }
            @{ Parameter = 'WeightAverage'; Value = 1.0 }
            @{ Parameter = 'LabelSmoothing'; Value = 1.0 }
            @{ Parameter = 'ClassWeight'; Value = @{ '0' = -1 } }
            @{ Parameter = 'CachedDraws'; Value = 2 }
            @{ Parameter = 'Augmentation'; Value = 'Wobble' }
            @{ Parameter = 'Augmentation'; Value = 'Rotation:many' }
            @{ Parameter = 'Augmentation'; Value = 'Flip', 'Flip' }
            @{ Parameter = 'Augmentation'; Value = 'Light', 'Strong' }
            @{ Parameter = 'Augmentation'; Value = 'RandAugment', 'TrivialAugment' }
            @{ Parameter = 'Loss'; Value = 'BinaryCrossEntropy' }
        ) {
            $model = New-FrozenModel
            $arguments = @{ $Parameter = $Value }
            $fault = Get-Fault { Invoke-FineTune -Model $model -Dataset $data @arguments }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.InvokeFineTune'
            "$($fault.CategoryInfo.Category)" | Should -Be 'InvalidArgument'
            $fault.Exception.Message | Should -BeLike "*-$Parameter*"
            $model.History | Should -HaveCount 0
        }

        It 'names what is known beside an unknown augmentation' {
            $fault = Get-Fault { New-FrozenModel | Invoke-FineTune @small -Augmentation Wobble }
            $fault.Exception.Message | Should -BeLike "*'Wobble'*Nearest:*Known are Light, Standard, Strong*Rotation*Crop*Flip*"
        }

        It 'computes in BFloat16 where the processor has it, and refuses it by name elsewhere' {
            $model = New-FrozenModel -Mode None
            $fault = Get-Fault { $script:half = $model | Invoke-FineTune @small -Precision BFloat16 }
            if ($fault) {
                $fault.FullyQualifiedErrorId | Should -Be 'NotAvailable,PSTransfer.Commands.InvokeFineTune'
                $fault.Exception.Message | Should -BeLike '-Precision BFloat16: this processor*-Precision Float32.'
                $model.History | Should -HaveCount 0
            } else {
                $half.History[0].Loss | Should -BeGreaterThan 0
            }
        }

        It 'refuses to mix the labels of a head with one logit, before any work' {
            $model = New-FrozenModel -ClassCount 1
            $fault = Get-Fault { $model | Invoke-FineTune @small -Augmentation Light, Mixup }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.InvokeFineTune'
            $fault.Exception.Message | Should -BeLike '-Augmentation: Mixup*one logit*ClassCount 2*'
            $model.History | Should -HaveCount 0
        }

        It 'refuses a momentum for <Optimizer>, which has its own' -ForEach @{ Optimizer = 'Adam' }, @{ Optimizer = 'AdamW' } {
            $fault = Get-Fault { New-FrozenModel | Invoke-FineTune @small -Optimizer $Optimizer -Momentum 0.9 }
            $fault.Exception.Message | Should -BeLike "*-Momentum*$Optimizer*"
        }

        It 'refuses a categorical loss on one logit' {
            $fault = Get-Fault { New-FrozenModel -ClassCount 1 | Invoke-FineTune @small -Loss CategoricalCrossEntropy }
            $fault.Exception.Message | Should -BeLike '*-Loss*CategoricalCrossEntropy*ClassCount 1*'
        }

        It 'refuses a head for other classes, and says how many there are' {
            $fault = Get-Fault { New-FrozenModel -ClassCount 3 | Invoke-FineTune @small }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike '*ClassCount 3*has 2*Add-ClassifierHead -ClassCount 2 -Force*'
        }

        It 'refuses classes other than those it was trained for' {
            $model = New-FrozenModel
            $null = Invoke-FineTune -Model $model @small
            $swapped = Import-ImageDataset "$TestDrive/idx" -Class 5, 0
            $fault = Get-Fault { Invoke-FineTune -Model $model -Dataset $swapped }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike '*trained for*-Class*'
        }

        It 'refuses validation images of other classes before it trains' {
            $model = New-FrozenModel
            $weights = Get-WeightHash $model
            New-ImageFolder "$TestDrive/others" -Class x, y -Count 2 -Height 8 -Width 8
            $fault = Get-Fault { Invoke-FineTune -Model $model @small -ValidationDataset (Import-ImageDataset "$TestDrive/others") }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            Get-WeightHash $model | Should -Be $weights -Because 'an epoch of work would be lost'
        }

        It 'refuses a model without a head' {
            $fault = Get-Fault { New-SmallModel -InputShape 8 | Invoke-FineTune @small }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.InvokeFineTune'
            "$($fault.CategoryInfo.Category)" | Should -Be 'InvalidOperation'
            $fault.Exception.Message | Should -BeLike '*no head*Add-ClassifierHead -ClassCount*'
        }

        It 'refuses a disposed model' {
            $model = New-FrozenModel
            $model.Dispose()
            $fault = Get-Fault { Invoke-FineTune -Model $model @small }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
            $fault.Exception.Message | Should -BeLike '*disposed*'
        }

        It 'refuses images of another shape, and says how to import them' {
            $fault = Get-Fault { New-SmallModel -ClassCount 2 -InputShape 16 | Invoke-FineTune @small }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike '*8*16*-ImageSize 16*-InputShape 8*'
        }

        It 'refuses a model in which nothing learns' {
            $model = New-FrozenModel | Set-FreezeMode Inference -Layer *
            $fault = Get-Fault { Invoke-FineTune -Model $model @small }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOperation,*'
            $fault.Exception.Message | Should -BeLike '*learns*Set-FreezeMode None*'
        }

        It 'stops where the loss is no number, names the place, and keeps the last good checkpoint' {
            $model = New-FrozenModel
            $fault = Get-Fault { Invoke-FineTune -Model $model @small -Epochs 3 -LearningRate 1e38 -CheckpointPath "$TestDrive/nan.ckpt" }
            $fault.FullyQualifiedErrorId | Should -Be 'Diverged,PSTransfer.Commands.InvokeFineTune'
            "$($fault.CategoryInfo.Category)" | Should -Be 'LimitsExceeded'
            $fault.Exception.Message | Should -Match 'epoch \d, step \d, at learning rate 1e\+38'
            $fault.Exception.Message | Should -BeLike '*-LearningRate*'
        }
    }
}
