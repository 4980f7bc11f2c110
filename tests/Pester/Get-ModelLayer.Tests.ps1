BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $model = New-SmallModel 2
}

Describe 'Get-ModelLayer' {
    It 'lists every layer of backbone and head, numbered from 0' {
        $layers = @($model | Get-ModelLayer)
        $layers | Should -HaveCount 54
        $layers[0].Index | Should -Be 0
        $layers[-1].Index | Should -Be 53
        $layers[0].Name | Should -BeExactly 'conv1'
        $layers[-1].Name | Should -BeExactly 'head.logits'
    }

    It 'says of a convolution what it holds and gives' {
        $layer = Get-ModelLayer conv1 -Model $model
        $layer.Kind | Should -Be 'Conv'
        $layer.OutputShape | Should -Be '(16, 16, 16)'
        $layer.ParameterCount | Should -Be 432
        $layer.Learns | Should -BeTrue
        $layer.NormalizesBy | Should -BeNullOrEmpty
        $layer.UpdatesStatistics | Should -BeNullOrEmpty
    }

    It 'says of a layer without weights that there is nothing to learn' {
        (Get-ModelLayer relu -Model $model).Learns | Should -BeNullOrEmpty
    }

    It 'adds up to the figures of the model' {
        $sum = 0
        $model | Get-ModelLayer | ForEach-Object { $sum += $_.ParameterCount }
        $sum | Should -Be $model.TotalParameters
        @($model | Get-ModelLayer -Kind BatchNorm).Count | Should -Be $model.BatchNormCount
    }

    It 'chooses by name and kind, wildcards allowed, whatever the case' {
        ($model | Get-ModelLayer LAYER1.0.*).Name -join ' ' | Should -Be 'layer1.0.conv1 layer1.0.bn1 layer1.0.relu layer1.0.conv2 layer1.0.bn2'
        ($model | Get-ModelLayer layer1.0.* -Kind batch*).Name -join ' ' | Should -Be 'layer1.0.bn1 layer1.0.bn2'
    }

    # BatchNorm's three questions: does it learn, what does it normalise by in training, does it update its statistics?
    It 'shows under <Mode>: learns <Learns>, normalises by <NormalizesBy>, updates <Updates>' -ForEach @(
        @{ Mode = 'None'; Learns = $true; NormalizesBy = 'Batch'; Updates = $true }
        @{ Mode = 'Inference'; Learns = $false; NormalizesBy = 'Moving'; Updates = $false }
        @{ Mode = 'Legacy'; Learns = $false; NormalizesBy = 'Batch'; Updates = $false }
        @{ Mode = 'Drifting'; Learns = $false; NormalizesBy = 'Batch'; Updates = $true }
        @{ Mode = 'LiveBatchNorm'; Learns = $true; NormalizesBy = 'Batch'; Updates = $true }
        @{ Mode = 'Statistics'; Learns = $true; NormalizesBy = 'Moving'; Updates = $false }
    ) {
        $rows = @($model | Set-FreezeMode $Mode | Get-ModelLayer -Kind BatchNorm)
        $rows | Should -HaveCount 21
        @($rows | Where-Object { $_.Learns -eq $Learns -and "$($_.NormalizesBy)" -eq $NormalizesBy -and $_.UpdatesStatistics -eq $Updates }) | Should -HaveCount 21
        $null = $model | Set-FreezeMode None
    }

    Context 'keras-resnet50' {
        BeforeAll {
            $keras = New-Backbone keras-resnet50 -InputShape 32 -WarningAction SilentlyContinue
            $rows = @($keras | Get-ModelLayer)
        }

        It "has Keras' 175 layers in Keras' order, input and padding included" {
            $rows | Should -HaveCount 175
            $rows[0].Kind | Should -Be 'Input'
            $rows[1].Name | Should -BeExactly 'conv1_pad'
            $rows[2].Name | Should -BeExactly 'conv1_conv'
            $rows[3].Name | Should -BeExactly 'conv1_bn'
            $rows[140].Name | Should -BeExactly 'conv4_block6_3_bn'
            $rows[174].Name | Should -BeExactly 'conv5_block3_out'
        }

        It 'counts moving statistics among the parameters, as model.summary() does' {
            $rows[3].ParameterCount | Should -Be 256
        }

        AfterAll { $keras.Dispose() }
    }

    It 'names the nearest layer of a name that is wrong' {
        $fault = Get-Fault { $model | Get-ModelLayer bn7 }
        $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.GetModelLayer'
        $fault.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $fault.TargetObject | Should -Be 'bn7'
        $fault.Exception.Message | Should -BeLike "resnet20 has no layer 'bn7'. Did you mean 'bn1'?"
    }

    It 'names the kinds of the model where -Kind is wrong' {
        $fault = Get-Fault { $model | Get-ModelLayer -Kind Batch }
        $fault.FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
        $fault.TargetObject | Should -Be 'Batch'
        $fault.Exception.Message | Should -BeLike "resnet20 has no layer of kind 'Batch'. *BatchNorm*"
    }

    It 'gives nothing for wildcards that match nothing' {
        $model | Get-ModelLayer nothing* | Should -BeNullOrEmpty
    }

    It 'refuses a disposed model' {
        $gone = New-SmallModel
        $gone.Dispose()
        (Get-Fault { $gone | Get-ModelLayer }).FullyQualifiedErrorId | Should -Be 'InvalidOperation,PSTransfer.Commands.GetModelLayer'
    }

    Context 'At the prompt' {
        It 'completes <Line>' -ForEach @(
            @{ Line = 'Get-ModelLayer -Model $global:completed layer1.0.b'; Expected = 'layer1.0.bn1 layer1.0.bn2' }
            @{ Line = '$global:completed | Get-ModelLayer layer1.0.b'; Expected = 'layer1.0.bn1 layer1.0.bn2' }
            @{ Line = 'Get-ModelLayer -Kind B'; Expected = 'BatchNorm' }
        ) {
            $global:completed = $model
            $found = [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches
            $global:completed = $null
            $found.CompletionText -join ' ' | Should -Be $Expected
        }
    }
}
