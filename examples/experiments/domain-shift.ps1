<#
How does the gap depend on the distance between the domains? The eight classes of the pretraining, where there is no gap, with brightness,
contrast and noise changed in steps, and inverted: training and test images alike.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/experiments/domain-shift.ps1

The answer: docs/experiments/domain-shift.md. Takes some minutes; fewer of -Repeat, -Epochs, -Images or -Shift take less.
#>
param(
    [string[]] $Shift = @('as it is', 'brightness +50', 'brightness +100', 'contrast 0.5', 'contrast 0.25', 'noise 25', 'noise 75', 'inverted'),
    [int] $Repeat = 5,
    [int] $Epochs = 5,
    [int] $Images = 100,
    [string] $Path = 'out/experiments'
)
. "$PSScriptRoot/Experiment.ps1"

# Brightness is added, contrast is about the middle grey, noise is normal with this standard deviation; all in steps of 255, cut off at 0 and 255.
function Convert-Pixel([byte[]] $Bytes, [string] $Change, [double] $Amount, [int] $Seed) {
    $table = [double[]] @(
        foreach ($old in 0..255) {
            switch ($Change) {
                'brightness' { $old + $Amount }
                'contrast' { 127.5 + $Amount * ($old - 127.5) }
                'inverted' { 255 - $old }
                default { $old }
            }
        }
    )
    $random = [Random]::new($Seed)
    $sigma = $Change -eq 'noise' ? $Amount : 0
    # The header has 16 bytes.
    for ($i = 16; $i -lt $Bytes.Length; $i++) {
        $value = $table[$Bytes[$i]]
        if ($sigma) { $value += $sigma * [Math]::Sqrt(-2 * [Math]::Log(1 - $random.NextDouble())) * [Math]::Cos(2 * [Math]::PI * $random.NextDouble()) }
        $Bytes[$i] = [byte] [Math]::Clamp($value, 0, 255)
    }
}

# The sample with its pixels changed, as files of the same names.
function Export-ShiftedSample([string] $Folder, [string] $Change, [double] $Amount) {
    $null = New-Item $Folder -ItemType Directory -Force
    foreach ($part in 'train', 't10k') {
        $content = [IO.MemoryStream]::new()
        $zipped = [IO.Compression.GZipStream]::new([IO.File]::OpenRead("$sample/$part-images-idx3-ubyte.gz"), [IO.Compression.CompressionMode]::Decompress)
        $zipped.CopyTo($content)
        $zipped.Dispose()
        $bytes = $content.ToArray()
        Convert-Pixel $bytes $Change $Amount -Seed ($part -eq 'train' ? 1 : 2)
        $target = [IO.Compression.GZipStream]::new([IO.File]::Create("$Folder/$part-images-idx3-ubyte.gz"), [IO.Compression.CompressionLevel]::Fastest)
        $target.Write($bytes, 0, $bytes.Length)
        $target.Dispose()
        Copy-Item -LiteralPath "$sample/$part-labels-idx1-ubyte.gz" $Folder -Force
    }
}

$model = New-Candidate $source.Count
$distance = [ordered] @{}
# A path with "fashion" in it gives the classes their names.
$folder = Join-Path ([IO.Path]::GetTempPath()) "fashion-$(New-Guid)"
try {
    $rows = foreach ($name in $Shift) {
        $change, $amount = $name.Split(' ')
        Export-ShiftedSample $folder $change ($change -in 'brightness', 'contrast', 'noise' ? $amount : 0)
        $data = Get-Sample train $source $Images $folder
        $unseen = Get-Sample t10k $source $Images $folder
        $distance[$name] = Get-Distance $model $data
        Test-Condition $name $model $data $unseen $Epochs $Repeat
    }
}
finally { Remove-Item $folder -Recurse }
Export-Experiment domain-shift $rows $distance $Path
