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
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')
$shoes = "$PSScriptRoot/../assets/fashion-shoes/t10k-images-idx3-ubyte.gz"

$count = 0
Get-Backbone $Name | ForEach-Object {
    $side = if ($ImageSize) { [Math]::Max($ImageSize, $_.MinimumImageSize) } else { $_.DefaultImageSize }
    $image = Import-ImageDataset $shoes -SamplesPerClass 1 -First -ImageSize $side
    $model = New-Backbone $_.Name -InputShape $side -Device $Device -WarningAction SilentlyContinue | Add-ClassifierHead -ClassCount 2
    try {
        foreach ($pass in 1, 2) { $time = Measure-Command { Measure-TransferModel -Model $model -Dataset $image } }
    }
    finally {
        $model.Dispose()
    }

    $count++
    [pscustomobject] @{
        Backbone = $_.Name; Parameters = $_.ParameterCount; BatchNorms = $_.BatchNormCount; Features = $_.FeatureCount
        Image = $side; Milliseconds = $time.TotalMilliseconds / $image.Count
    }
} | Format-Table @{ e = 'Backbone'; w = 23 }, @{ e = 'Parameters'; f = 'N0'; w = 11 }, BatchNorms, Features, Image, @{ e = 'Milliseconds'; f = 'N0'; w = 12 }
"$count backbones built."
