<#
A model that leaves PSTransfer: trained here, exported as ONNX, and asked by a program without PSTransfer.

The program is predict-onnx.cs, one C# file with ONNX Runtime. Its first run fetches two NuGet packages. Both answer 20 pictures of
shoes that the model hasn't seen.

    examples/deploy-onnx.ps1

The exit code is 1 unless all classes agree and no probability differs by more than 1e-5.
#>
param([string] $Path = (Join-Path ([IO.Path]::GetTempPath()) "$(New-Guid)"))
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')
$assets = "$PSScriptRoot/../assets/fashion-shoes"
$null = New-Item -ItemType Directory -Force $Path

# The bundled pictures lie in one file; a bitmap of each is what a camera or a web form would send.
$compressed = [IO.File]::OpenRead("$assets/t10k-images-idx3-ubyte.gz")
$stream = [IO.Compression.GZipStream]::new($compressed, [IO.Compression.CompressionMode]::Decompress)
$content = [IO.MemoryStream]::new()
$stream.CopyTo($content)
$stream.Dispose()
$bytes = $content.ToArray()
$side = 28
$pictures = foreach ($number in 0..19) {
    $bitmap = [IO.MemoryStream]::new()
    $writer = [IO.BinaryWriter]::new($bitmap)
    $writer.Write([byte[]] (0x42, 0x4D))                                     # BM: the size, where pixels begin, the header's own length
    foreach ($value in (54 + 3 * $side * $side), 0, 54, 40, $side, $side) { $writer.Write([int] $value) }
    $writer.Write([int16] 1)
    $writer.Write([int16] 24)
    foreach ($value in 0, (3 * $side * $side), 2835, 2835, 0, 0) { $writer.Write([int] $value) }
    foreach ($row in ($side - 1)..0) {
        foreach ($column in 0..($side - 1)) {
            $grey = $bytes[16 + ($number * 10 * $side + $row) * $side + $column]
            $writer.Write([byte[]] ($grey, $grey, $grey))
        }
    }

    $file = Join-Path $Path ('shoe{0:00}.bmp' -f $number)
    [IO.File]::WriteAllBytes($file, $bitmap.ToArray())
    $file
}

$shoes = Import-ImageDataset "$assets/train-images-idx3-ubyte.gz"
$model = New-Backbone resnet20 -InputShape $side -Weights fashion | Add-ClassifierHead -ClassCount 2 | Set-FreezeMode Inference
$null = $model | Invoke-FineTune -Dataset $shoes -Epochs 10 -Optimizer Adam
$onnx = Export-TransferModel -Model $model -Path (Join-Path $Path 'shoes.onnx') -Force
"Exported: $($onnx.Name), $([Math]::Round($onnx.Length / 1MB, 1)) MB."

$here = $pictures | Invoke-Prediction -Model $model
$model.Dispose()
$there = dotnet run "$PSScriptRoot/predict-onnx.cs" $onnx.FullName @pictures
if ($LASTEXITCODE -ne 0) { throw "predict-onnx.cs failed: $there" }
$largest = 0.0
$rows = foreach ($number in 0..19) {
    $name, $class, $probability = $there[$number] -split "`t"
    $difference = [Math]::Abs([double]::Parse($probability, [cultureinfo]::InvariantCulture) - $here[$number].Probability)
    $largest = [Math]::Max($largest, $difference)
    [pscustomobject] @{ Picture = $name; PSTransfer = $here[$number].Class; OnnxRuntime = $class; Probability = $probability }
}
$rows | Select-Object -First 5 | Format-Table | Out-Host
$same = @($rows | Where-Object { $_.PSTransfer -eq $_.OnnxRuntime }).Count
'{0} of 20 classes agree; the largest difference of a probability is {1:0.0e+0}.' -f $same, $largest
if ($same -ne 20 -or $largest -gt 1e-5) { exit 1 }
