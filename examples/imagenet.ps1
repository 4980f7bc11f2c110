<#
The trap on a network that was really pretrained: a ResNet18 of ImageNet's million photographs, trained in CNTK, as an ONNX file.

The file is part of a NuGet package of ML.NET (MIT licence, 60 MB). -Fetch gets it through the NuGet feeds of this machine, into
NuGet's own folder of packages; without it the file must be there already, or be given by -Path. CNTK subtracted the mean picture of
its training set in BGR; here the three channel means of ImageNet stand for it (-Preprocessing Caffe).

    examples/imagenet.ps1 -Fetch

The exit code is 1 unless the trap shows and the cure holds. It takes about a minute and a half on two cores.
#>
param([string] $Path, [switch] $Fetch, [int] $ImageSize = 128, [int] $Seed = 42)
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')
$id, $version = 'Microsoft.ML.DnnImageFeaturizer.ResNet18', '0.23.1'
if (-not $Path) {
    $packages = ((dotnet nuget locals global-packages --list) -split ': ', 2)[1]
    $Path = Join-Path $packages "$($id.ToLowerInvariant())/$version/tools/DnnImageModels/ResNet18Onnx/ResNet18.onnx"
    if ($Fetch -and -not (Test-Path -LiteralPath $Path)) {
        $project = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "$(New-Guid)")
        Set-Content "$project/fetch.csproj" @"
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="$id" Version="[$version]" /></ItemGroup>
</Project>
"@
        dotnet restore "$project/fetch.csproj" --nologo -v quiet
        Remove-Item -Recurse $project
    }
}

if (-not (Test-Path -LiteralPath $Path)) {
    "$Path isn't there. Fetch the package $id $version with -Fetch, or give the file with -Path."
    exit 2
}

$assets = "$PSScriptRoot/../assets/fashion-shoes"
$shoes = Import-ImageDataset "$assets/train-images-idx3-ubyte.gz" -ImageSize $ImageSize
$unseen = Import-ImageDataset "$assets/t10k-images-idx3-ubyte.gz" -ImageSize $ImageSize
$rows = foreach ($mode in 'Legacy', 'Inference') {
    $model = New-Backbone $Path -InputShape $ImageSize -Preprocessing Caffe |
        Add-ClassifierHead -ClassCount 2 -Seed $Seed |
        Set-FreezeMode $mode
    $report = $model | Invoke-FineTune -Dataset $shoes -Epochs 10 -Optimizer Adam -LearningRate 0.01 -Seed $Seed |
        Test-LearningPhase -Dataset $shoes -ValidationDataset $unseen
    $model.Dispose()
    [pscustomobject] @{
        Mode = $mode; Training = $report.Training.Accuracy; Use = $report.Inference.Accuracy; Unseen = $report.Validation.Accuracy
        Verdict = $report.Verdict
    }
}
$rows | Format-Table Mode, @{ e = 'Training'; f = '0.000' }, @{ e = 'Use'; f = '0.000' }, @{ e = 'Unseen'; f = '0.000' }, Verdict
$legacy, $inference = $rows
if ($legacy.Training - $legacy.Use -lt 0.1 -or $inference.Training -ne $inference.Use -or $inference.Unseen -lt 0.9) { exit 1 }
