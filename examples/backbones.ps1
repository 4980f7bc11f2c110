<#
Every backbone that New-Backbone knows: builds it with random weights at the size its published weights were made for, counts it, and
times one forward pass of one image (the second of two; the first pays for what libtorch prepares).

    examples/backbones.ps1
    examples/backbones.ps1 -Name keras-*, resnet50 -ImageSize 96
#>
param(
    [string[]] $Name = '*',
    [int] $ImageSize,
    [string] $Device = 'cpu'
)
$ErrorActionPreference = 'Stop'
$shoes = "$PSScriptRoot/../assets/fashion-shoes/t10k-images-idx3-ubyte.gz"

'{0,-24} {1,11} {2,7} {3,11} {4,9} {5,7} {6,-14} {7,10}' -f 'backbone', 'parameters', 'layers', 'BatchNorms', 'features', 'image', 'preprocessing', 'forward'
$count = 0
foreach ($backbone in Get-Backbone $Name) {
    $side = if ($ImageSize) { [Math]::Max($ImageSize, $backbone.MinimumImageSize) } else { $backbone.DefaultImageSize }
    $image = Import-ImageDataset $shoes -SamplesPerClass 1 -First -ImageSize $side
    $model = New-Backbone $backbone.Name -InputShape $side -Device $Device -WarningAction SilentlyContinue | Add-ClassifierHead -ClassCount 2
    try {
        foreach ($pass in 1, 2) {
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $null = Measure-TransferModel -Model $model -Dataset $image
            $milliseconds = $watch.Elapsed.TotalMilliseconds / $image.Count
        }
    }
    finally {
        $model.Dispose()
    }

    '{0,-24} {1,11:N0} {2,7} {3,11} {4,9} {5,7} {6,-14} {7,7:N0} ms' -f $backbone.Name, $backbone.ParameterCount, $backbone.LayerCount,
        $backbone.BatchNormCount, $backbone.FeatureCount, "$side²", $backbone.Preprocessing, $milliseconds
    $count++
}

"$count backbones built."
