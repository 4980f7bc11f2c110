<#
Compares networks that PyTorch exported with PyTorch's own answers. Needs Debian's python3-torchvision and python3-onnx.

    dotnet run --project src/PSTransfer.Host -c Release -- tests/Fixtures/onnx/check_torchvision.ps1

The exit code is 1 if a file can't be read or a probability is off by more than 1e-4, relative.
#>
param([string[]] $Name = @(), [string] $Python = '/usr/bin/python3')
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../../../PSTransfer.psd1"
$folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "$(New-Guid)")).FullName
try {
    & $Python "$PSScriptRoot/export_torchvision.py" $folder @Name | Out-Null
    if ($LASTEXITCODE -ne 0) { throw 'export_torchvision.py failed.' }
    $rows = foreach ($file in Get-ChildItem "$folder/*.onnx") {
        $network, $opset, $norms = $file.BaseName -split '-'
        $expected = Get-Content "$folder/$network.json" | ConvertFrom-Json
        $model = Import-TransferModel $file.FullName -Preprocessing Torch -Resize Stretch -WarningAction SilentlyContinue
        $answer = (Invoke-Prediction -Model $model -Path "$folder/$network.png").Probabilities
        [double] $largest = 0
        foreach ($class in 0..6) {
            $largest = [Math]::Max($largest, [double] ([Math]::Abs($answer["$class"] - $expected[$class]) / $expected[$class]))
        }

        [pscustomobject] @{ Network = $network; Opset = $opset; BatchNorm = $norms; Layers = $model.BatchNormCount; Difference = $largest }
        $model.Dispose()
    }

    $rows | Format-Table Network, Opset, BatchNorm, Layers, @{ e = 'Difference'; f = '0.0e+0' }
    $largest = ($rows | Measure-Object Difference -Maximum).Maximum
    '{0} files; the largest difference of a probability is {1:0.0e+0}, relative.' -f @($rows).Count, $largest
    if ($largest -gt 1e-4) { exit 1 }
}
finally {
    Remove-Item -Recurse $folder
}
