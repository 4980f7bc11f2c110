BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/pets" -Count 8 -Height 8 -Width 8
    $data = Import-ImageDataset "$TestDrive/pets"
    $trapped = New-SmallModel -InputShape 8 -ClassCount 2 | Set-FreezeMode Legacy
    $null = Invoke-FineTune -Model $trapped -Dataset $data -BatchSize 8 -Epochs 10 -Optimizer Adam -LearningRate 0.05 -WarningAction SilentlyContinue

    function Get-Drift($Model) {
        $largest = 0
        foreach ($row in Measure-BatchNormDrift -Model $Model -Dataset $data) { $largest = [Math]::Max($largest, $row.Drift) }
        $largest
    }
}

Describe 'Repair-BatchNorm' {
    BeforeEach {
        $model = Copy-TransferModel $trapped
    }

    It 'changes the model it is given and passes the same object on' {
        $result = $model | Repair-BatchNorm -Dataset $data
        [object]::ReferenceEquals($result, $model) | Should -BeTrue
    }

    It 'makes the phases agree, with the accuracy of the training phase' {
        (Test-LearningPhase -Model $model -Dataset $data -BatchSize 16).NormalizationGap.Accuracy | Should -BeGreaterThan 0.2
        $report = $model | Repair-BatchNorm -Dataset $data | Test-LearningPhase -Dataset $data -BatchSize 16
        [Math]::Abs($report.NormalizationGap.Loss) | Should -BeLessThan 1e-3
        $report.NormalizationGap.Accuracy | Should -Be 0
        Get-Drift $model | Should -BeLessThan 1e-6
    }

    It 'leaves modes and what it does not match as they are: -Layer <Layer>' -ForEach @{ Layer = 'layer3.*', 'bn1'; Count = 8 }, @{ Layer = 'BN1'; Count = 1 } {
        $before = Measure-BatchNormDrift -Model $model -Dataset $data
        $null = Repair-BatchNorm -Model $model -Dataset $data -Layer $Layer
        $model.FreezeMode | Should -Be 'Legacy'
        @(Measure-BatchNormDrift -Model $model -Dataset $data | Where-Object Drift -LT 1e-6) | Should -HaveCount $Count
        @($before | Where-Object Drift -LT 1e-6) | Should -HaveCount 0
    }

    It 'goes part of the way with -Prior' {
        $full = (Measure-BatchNormDrift -Model $model -Dataset $data)[0].MeanShift
        $null = Repair-BatchNorm -Model $model -Dataset $data -Prior 48 -Layer bn1
        $half = Copy-TransferModel $trapped | Repair-BatchNorm -Dataset $data -Prior 1e9
        (Measure-BatchNormDrift -Model $model -Dataset $data)[0].MeanShift | Should -BeLessThan $full
        [Math]::Abs((Measure-BatchNormDrift -Model $half -Dataset $data)[0].MeanShift / $full - 1) | Should -BeLessThan 1e-4
        $half.Dispose()
    }

    It 'takes -Steps batches of a shuffle by -Seed' {
        $a, $b, $c = 1, 1, 2 | ForEach-Object { Copy-TransferModel $trapped | Repair-BatchNorm -Dataset $data -BatchSize 4 -Steps 2 -Seed $_ }
        Get-WeightHash $b | Should -Be (Get-WeightHash $a)
        Get-WeightHash $c | Should -Not -Be (Get-WeightHash $a)
        $a, $b, $c | ForEach-Object { $_.Dispose() }
    }

    It 'gives back every bit with -Undo, on a copy too, once' {
        $before = Get-WeightHash $model
        $null = $model | Repair-BatchNorm -Dataset $data
        Get-WeightHash $model | Should -Not -Be $before
        $copy = Copy-TransferModel $model
        foreach ($one in $model, $copy) {
            $result = $one | Repair-BatchNorm -Undo
            [object]::ReferenceEquals($result, $one) | Should -BeTrue
            Get-WeightHash $one | Should -Be $before
        }
        $fault = Get-Fault { $model | Repair-BatchNorm -Undo }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.RepairBatchNorm'
        $fault.Exception.Message | Should -BeLike '-Undo: *no repair to undo*'
        $copy.Dispose()
    }

    It 'does nothing with -WhatIf' {
        $before = Get-WeightHash $model
        $model | Repair-BatchNorm -Dataset $data -WhatIf | Should -BeNullOrEmpty
        Get-WeightHash $model | Should -Be $before
        (Get-Fault { $model | Repair-BatchNorm -Undo }).Exception.Message | Should -BeLike '*no repair*'
    }

    It 'tells accuracy before and after with -Verbose' {
        $before = (Measure-TransferModel -Model $model -Dataset $data).Accuracy
        $lines = @($model | Repair-BatchNorm -Dataset $data -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] })
        $after = (Measure-TransferModel -Model $model -Dataset $data).Accuracy
        $wanted = [string]::Format([cultureinfo]::InvariantCulture, '*21 BatchNorm layers*16 images*{0:0.000} before, {1:0.000} after.', $before, $after)
        @($lines | Where-Object { "$_" -like $wanted }) | Should -HaveCount 1
    }

    It 'repairs a model without a head' {
        $backbone = New-SmallModel -InputShape 8 | Repair-BatchNorm -Dataset $data -Verbose 4> $null
        Get-Drift $backbone | Should -BeLessThan 1e-6
    }

    It 'warns of a trained head under <Mode>: <Told> time(s)' -ForEach @(
        @{ Mode = 'Inference'; Told = 1 }
        @{ Mode = 'Statistics'; Told = 1 }
        @{ Mode = 'Legacy'; Told = 0 }
        @{ Mode = 'None'; Told = 0 }
    ) {
        $null = $model | Set-FreezeMode $Mode | Repair-BatchNorm -Dataset $data -WarningVariable warned -WarningAction SilentlyContinue
        $warned | Should -HaveCount $Told
        if ($Told) { "$warned" | Should -BeLike "*mode $Mode has learnt from*bn1, layer1.0.bn1, layer1.0.bn2 and 18 more*Train the head anew*-Undo*" }
    }

    It 'warns of a model without BatchNorm, and passes it on' {
        $vgg = New-Backbone vgg16 -InputShape 32 -WarningAction SilentlyContinue
        $result = $vgg | Repair-BatchNorm -Dataset $data -WarningVariable warned -WarningAction SilentlyContinue
        [object]::ReferenceEquals($result, $vgg) | Should -BeTrue
        "$warned" | Should -BeLike 'vgg16 has no BatchNorm layer*'
        $vgg.Dispose()
    }

    It 'completes -Layer with BatchNorm layers' {
        $line = '$trapped | Repair-BatchNorm -Layer layer1.0.'
        (TabExpansion2 $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Be 'layer1.0.bn1', 'layer1.0.bn2'
    }

    Context 'bad input' {
        It 'refuses -<Parameter> <Value>' -ForEach @(
            @{ Parameter = 'Prior'; Value = -1 }
            @{ Parameter = 'Prior'; Value = [double]::NaN }
            @{ Parameter = 'Steps'; Value = 0 }
            @{ Parameter = 'BatchSize'; Value = 0 }
        ) {
            $arguments = @{ $Parameter = $Value }
            $fault = Get-Fault { Repair-BatchNorm -Model $model -Dataset $data @arguments }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.RepairBatchNorm'
            $fault.Exception.Message | Should -BeLike "-$Parameter must be*not $Value*"
        }

        It 'refuses -Layer that matches no BatchNorm layer, and suggests one' {
            $fault = Get-Fault { Repair-BatchNorm -Model $model -Dataset $data -Layer layer1.0.conv1 }
            $fault.FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
            $fault.Exception.Message | Should -BeLike "*-Layer 'layer1.0.conv1'*layer1.0.bn1*"
        }

        It 'refuses -Undo together with -Dataset' {
            (Get-Fault { Repair-BatchNorm -Model $model -Dataset $data -Undo }).FullyQualifiedErrorId | Should -BeLike 'AmbiguousParameterSet,*'
        }
    }
}
