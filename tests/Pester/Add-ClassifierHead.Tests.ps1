BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/images"
    $data = Import-ImageDataset "$TestDrive/images"
}

Describe 'Add-ClassifierHead' {
    It 'changes the model it is given and passes the same object on' {
        $model = New-SmallModel
        $result = $model | Add-ClassifierHead -ClassCount 2
        [object]::ReferenceEquals($result, $model) | Should -BeTrue
        @($model | Get-ModelLayer head*).Count | Should -BeGreaterThan 0
    }

    It 'takes -Model by name and the count by position' {
        $model = New-SmallModel
        $null = Add-ClassifierHead 5 -Model $model
        ($model | Get-ModelLayer head.logits).OutputShape | Should -BeLike '*5*'
    }

    # resnet20's last maps of a 16×16 image are 4×4 with 64 channels.
    It 'builds <Layers>' -ForEach @(
        @{ Options = @{}; Layers = 'head.pool head.logits'; Parameters = 64 * 3 + 3 }
        @{ Options = @{ Pooling = 'Average' }; Layers = 'head.pool head.logits'; Parameters = 64 * 3 + 3 }
        @{ Options = @{ Pooling = 'Max' }; Layers = 'head.pool head.logits'; Parameters = 64 * 3 + 3 }
        @{ Options = @{ Pooling = 'Flatten' }; Layers = 'head.flatten head.logits'; Parameters = 1024 * 3 + 3 }
        @{ Options = @{ HiddenUnits = 10, 7 }; Layers = 'head.pool head.dense1 head.relu1 head.dense2 head.relu2 head.logits'; Parameters = 64 * 10 + 10 + 10 * 7 + 7 + 7 * 3 + 3 }
        @{ Options = @{ Dropout = 0.2 }; Layers = 'head.pool head.dropout head.logits'; Parameters = 64 * 3 + 3 }
    ) {
        $model = New-SmallModel
        $before = $model.TotalParameters
        $null = $model | Add-ClassifierHead 3 @Options
        ($model | Get-ModelLayer head*).Name -join ' ' | Should -BeExactly $Layers
        $model.TotalParameters - $before | Should -Be $Parameters
    }

    It 'makes one logit of -ClassCount 1, for a data set of two classes' {
        $model = New-SmallModel 1
        ($model | Get-ModelLayer head.logits).ParameterCount | Should -Be 65
        (Measure-TransferModel -Model $model -Dataset $data).Count | Should -Be 8
    }

    It 'draws weights by -Seed' {
        $loss = foreach ($seed in 1, 1, 2) {
            (Measure-TransferModel -Model (New-SmallModel | Add-ClassifierHead 2 -Seed $seed) -Dataset $data).Loss
        }
        $loss[1] | Should -Be $loss[0]
        $loss[2] | Should -Not -Be $loss[0]
    }

    It 'learns while the backbone is frozen' {
        $model = New-SmallModel | Set-FreezeMode Inference | Add-ClassifierHead 2
        $model.TrainableParameters | Should -Be 130
        ($model | Get-ModelLayer head.logits).Learns | Should -BeTrue
    }

    Context 'A second head' {
        BeforeEach { $model = New-SmallModel 2 }

        It 'needs -Force' {
            $fault = Get-Fault { $model | Add-ClassifierHead 3 }
            $fault.FullyQualifiedErrorId | Should -Be 'AlreadyExists,PSTransfer.Commands.AddClassifierHead'
            $fault.CategoryInfo.Category | Should -Be 'ResourceExists'
            $fault.Exception.Message | Should -BeLike "The model 'resnet20' already has a head. -Force*Copy-TransferModel*"
            ($model | Get-ModelLayer head.logits).ParameterCount | Should -Be 130
        }

        It 'replaces the first with -Force, and the class names with it' {
            $null = $model | Invoke-FineTune -Dataset $data -WarningAction SilentlyContinue
            $model.Classes -join ' ' | Should -Be 'cat dog'
            $null = $model | Add-ClassifierHead 3 -Force
            ($model | Get-ModelLayer head.logits).ParameterCount | Should -Be 195
            $model.Classes | Should -BeNullOrEmpty
        }

        It 'that does not fit into memory leaves the first in place' {
            $before = (Measure-TransferModel -Model $model -Dataset $data).Loss
            $fault = Get-Fault { $model | Add-ClassifierHead 2000000000 -Force }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike '-ClassCount is too large: a head of 64 × 2,000,000,000 weights takes at least 476.8 GiB*'
            (Measure-TransferModel -Model $model -Dataset $data).Loss | Should -Be $before
        }
    }

    Context 'Bad input' {
        It 'names the parameter and its range: <Parameter>' -ForEach @(
            @{ Parameter = 'ClassCount'; Options = @{ ClassCount = 0 }; Message = '-ClassCount must be at least 1, not 0.' }
            @{ Parameter = 'Dropout'; Options = @{ ClassCount = 2; Dropout = 1 }; Message = '-Dropout must be at least 0 and below 1, not 1.' }
            @{ Parameter = 'Dropout'; Options = @{ ClassCount = 2; Dropout = [double]::NaN }; Message = '-Dropout must be at least 0 and below 1, not NaN.' }
            @{ Parameter = 'HiddenUnits'; Options = @{ ClassCount = 2; HiddenUnits = 8, 0 }; Message = '-HiddenUnits must be positive, not 8, 0.' }
        ) {
            $model = New-SmallModel
            $fault = Get-Fault { $model | Add-ClassifierHead @Options }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.AddClassifierHead'
            $fault.TargetObject | Should -Be $Parameter
            $fault.Exception.Message | Should -BeLike $Message
            @($model | Get-ModelLayer head*).Count | Should -Be 0
        }

        It 'refuses a disposed model' {
            $model = New-SmallModel
            $model.Dispose()
            $fault = Get-Fault { $model | Add-ClassifierHead 2 }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.AddClassifierHead'
            $fault.Exception.Message | Should -BeLike "*'resnet20' was disposed*again*"
        }

        It 'that has another number of classes than the data set is refused when it is used' {
            $fault = Get-Fault { Measure-TransferModel -Model (New-SmallModel 3) -Dataset $data }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike '*3*2*Add-ClassifierHead*'
        }
    }

    It 'completes -Pooling' {
        $line = 'Add-ClassifierHead -Pooling '
        [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText -join ' ' |
            Should -Be 'Average Flatten Max'
    }
}
