BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
}

Describe 'Get-Backbone' {
    It 'lists all backbones of both families, each once' {
        $names = (Get-Backbone).Name
        @($names -notlike 'keras-*') -join ' ' | Should -BeExactly ('resnet20 resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d wide_resnet50_2 vgg16 vgg16-bn ' +
            'mobilenetv2 mobilenetv3-small mobilenetv3-large inceptionv3 densenet121 densenet169 densenet201 efficientnet-b0 efficientnet-b1 efficientnet-b2 efficientnet-b3 ' +
            'efficientnet-b4 regnet_y_400mf convnext-tiny')
        @($names -like 'keras-*') -join ' ' | Should -BeExactly ('keras-resnet50 keras-resnet101 keras-resnet152 keras-resnet50v2 keras-vgg16 keras-xception keras-mobilenet ' +
            'keras-mobilenetv2 keras-densenet121 keras-inceptionv3 keras-inceptionresnetv2 keras-efficientnetb0 keras-efficientnetb1 keras-efficientnetb2 keras-efficientnetb3')
        $names[24] | Should -BeExactly 'keras-resnet50'
    }

    # Counts without classifier: torchvision's documentation less the fc layer; keras.applications' summary with include_top=False.
    It 'knows the figures of <Name>' -ForEach @(
        @{ Name = 'resnet18'; Parameters = 11176512; BatchNorms = 20; Features = 512; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'resnet50'; Parameters = 23508032; BatchNorms = 53; Features = 2048; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'resnext50_32x4d'; Parameters = 22979904; BatchNorms = 53; Features = 2048; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'wide_resnet50_2'; Parameters = 66834240; BatchNorms = 53; Features = 2048; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'vgg16'; Parameters = 14714688; BatchNorms = 0; Features = 512; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'vgg16-bn'; Parameters = 14723136; BatchNorms = 13; Features = 512; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'mobilenetv2'; Parameters = 2223872; BatchNorms = 52; Features = 1280; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'densenet121'; Parameters = 6953856; BatchNorms = 121; Features = 1024; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'inceptionv3'; Parameters = 21785568; BatchNorms = 94; Features = 2048; Size = 299; Minimum = 75; Preprocessing = 'Tf' }
        @{ Name = 'efficientnet-b4'; Parameters = 17548616; BatchNorms = 96; Features = 1792; Size = 380; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'convnext-tiny'; Parameters = 27818592; BatchNorms = 0; Features = 768; Size = 224; Minimum = 32; Preprocessing = 'Torch' }
        @{ Name = 'keras-resnet50'; Parameters = 23587712; BatchNorms = 53; Features = 2048; Size = 224; Minimum = 32; Preprocessing = 'Caffe' }
        @{ Name = 'keras-xception'; Parameters = 20861480; BatchNorms = 40; Features = 2048; Size = 299; Minimum = 71; Preprocessing = 'Tf' }
        @{ Name = 'keras-inceptionresnetv2'; Parameters = 54336736; BatchNorms = 204; Features = 1536; Size = 299; Minimum = 75; Preprocessing = 'Tf' }
        @{ Name = 'keras-efficientnetb0'; Parameters = 4049571; BatchNorms = 49; Features = 1280; Size = 224; Minimum = 32; Preprocessing = 'None' }
    ) {
        $backbone = Get-Backbone $Name
        $backbone.ParameterCount | Should -Be $Parameters
        $backbone.BatchNormCount | Should -Be $BatchNorms
        $backbone.FeatureCount | Should -Be $Features
        $backbone.DefaultImageSize | Should -Be $Size
        $backbone.MinimumImageSize | Should -Be $Minimum
        $backbone.Preprocessing | Should -Be $Preprocessing
        $backbone.Reference | Should -BeLike '*arXiv*'
    }

    It 'counts the 175 layers of keras-resnet50' {
        (Get-Backbone keras-resnet50).LayerCount | Should -Be 175
    }

    It 'names the weights that come along' {
        (Get-Backbone resnet20).Weights | Should -Contain 'fashion'
    }

    It 'names the weights that can be downloaded' {
        (Get-Backbone resnet18).Weights | Should -Be 'imagenet'
        (Get-Backbone resnet50).Weights | Should -Be 'imagenet', 'imagenet-v2'
        (Get-Backbone keras-resnet50).Weights | Should -Be 'imagenet'
    }

    It 'agrees with the model that New-Backbone makes' {
        $backbone = Get-Backbone resnet20
        $model = New-SmallModel
        $model.TotalParameters | Should -Be $backbone.ParameterCount
        $model.BatchNormCount | Should -Be $backbone.BatchNormCount
        @($model | Get-ModelLayer).Count | Should -Be $backbone.LayerCount
    }

    It 'finds "<_>"' -ForEach 'ResNet50', 'resnet-50', 'RESNET_50', 'Res Net 50' {
        (Get-Backbone $_).Name | Should -BeExactly 'resnet50'
    }

    It 'takes wildcards, several names, and names from the pipeline' {
        (Get-Backbone keras-resnet*).Name -join ' ' | Should -BeExactly 'keras-resnet50 keras-resnet101 keras-resnet152 keras-resnet50v2'
        (Get-Backbone resnet18, resnet1?2).Name -join ' ' | Should -Be 'resnet18 resnet152'
        ('resnet34', 'resnet20' | Get-Backbone).Name -join ' ' | Should -Be 'resnet34 resnet20'
        Get-Backbone nothing* | Should -BeNullOrEmpty
    }

    It 'binds to New-Backbone' {
        $model = Get-Backbone resnet20 | New-Backbone -InputShape 8 -WarningAction SilentlyContinue
        $model.Backbone | Should -BeExactly 'resnet20'
    }

    It 'names the nearest of a name that is wrong' {
        $fault = Get-Fault { Get-Backbone resnet5 }
        $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.GetBackbone'
        $fault.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $fault.TargetObject | Should -Be 'resnet5'
        $fault.Exception.Message | Should -BeLike "*'resnet5'*'resnet50'*Get-Backbone lists them*"
    }

    It 'completes names' {
        $line = 'Get-Backbone keras-x'
        [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText |
            Should -Be 'keras-xception'
    }
}
