# What the experiments share; they dot-source it.
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')
$sample = Convert-Path -LiteralPath "$PSScriptRoot/../../assets/fashion-sample"

# The classes of the pretraining, all but Sneaker and Ankle boot.
$source = 'T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Bag'

# The bundled network with a new head. Its seed doesn't matter: with several repeats each run draws a head of its own.
function New-Candidate([int] $ClassCount, [int[]] $HiddenUnits = @()) {
    New-Backbone resnet20 -InputShape 28 -Weights fashion | Add-ClassifierHead -ClassCount $ClassCount -Pooling Flatten -HiddenUnits $HiddenUnits
}

# The first images of each class: 'train' or 't10k'.
function Get-Sample([string] $Part, [string[]] $Class, [int] $Count, [string] $Folder = $sample) {
    Import-ImageDataset "$Folder/$Part-images-idx3-ubyte.gz" -Class $Class -SamplesPerClass ([Math]::Max(1, [Math]::Floor($Count / $Class.Count))) -First
}

# One condition: the rows of all modes, and of what mends Legacy. What trains by batch statistics and keeps the old ones has something to mend.
function Test-Condition([string] $Label, $Model, $Dataset, $ValidationDataset, [int] $Epochs, [int] $Repeat, [int] $BatchSize = 32) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $run = @{
        Model = $Model; Dataset = $Dataset; ValidationDataset = $ValidationDataset; Label = $Label
        Epochs = $Epochs; Repeat = $Repeat; BatchSize = $BatchSize; Optimizer = 'Adam'; Seed = 0
    }
    Compare-FreezeMode @run -Mode Legacy -Repair None, Precise, Prior, Mixed 6> $null
    Compare-FreezeMode @run -Mode Inference, Drifting, Statistics -Repair None 6> $null
    Write-Host ('{0}: {1:0} s' -f $Label, $watch.Elapsed.TotalSeconds)
}

# How far the data are from what the network was pretrained on: the mean drift of its BatchNorm layers before any training.
function Get-Distance($Model, $Dataset) {
    (Measure-BatchNormDrift -Model $Model -Dataset $Dataset | Measure-Object Drift -Average).Average
}

# The table, the distances where they were measured, and the same with a chart as out/experiments/<name>.md and .svg.
function Export-Experiment([string] $Name, $Row, [System.Collections.IDictionary] $Distance, [string] $Path) {
    $Row | Out-Host
    foreach ($label in $Distance.Keys) { '{0,-20} distance {1:0.000} nats' -f $label, $Distance[$label] }
    $null = New-Item $Path -ItemType Directory -Force
    $Row | Export-TrainingReport -Path "$Path/$Name.md" -Format Markdown -Force | Out-Host
}
