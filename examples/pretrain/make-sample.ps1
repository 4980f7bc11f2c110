<#
Makes two small samples of Fashion-MNIST as IDX files, always the first images of each class:

assets/fashion-shoes: sneakers and ankle boots, 100 of each from the training set and 500 of each from the test set.
assets/fashion-sample: all ten classes, 100 of each from either set.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/pretrain/make-sample.ps1
#>
param(
    [string] $DataPath = '/usr/share/datasets/fashion-mnist',
    [string] $Path = "$PSScriptRoot/../../assets"
)
$ErrorActionPreference = 'Stop'

function Read-GZip([string] $File) {
    $source = [IO.Compression.GZipStream]::new([IO.File]::OpenRead($File), [IO.Compression.CompressionMode]::Decompress)
    $buffer = [IO.MemoryStream]::new()
    $source.CopyTo($buffer)
    $source.Dispose()
    , $buffer.ToArray()
}

function Write-GZip([string] $File, [byte[]] $Bytes) {
    $target = [IO.Compression.GZipStream]::new([IO.File]::Create($File), [IO.Compression.CompressionLevel]::SmallestSize)
    $target.Write($Bytes, 0, $Bytes.Length)
    $target.Dispose()
}

# IDX: a magic number, then each dimension, big-endian, 4 bytes each.
function Get-BigEndian([int] $Number) { , [byte[]]((($Number -shr 24) -band 255), (($Number -shr 16) -band 255), (($Number -shr 8) -band 255), ($Number -band 255)) }

# A sample's labels are the positions of the classes in -Class.
function Export-Sample([string] $Folder, [byte[]] $Class, [System.Collections.IDictionary] $Count) {
    $null = New-Item $Folder -ItemType Directory -Force
    foreach ($part in $Count.Keys) {
        $images = Read-GZip "$DataPath/$part-images-idx3-ubyte.gz"
        $labels = Read-GZip "$DataPath/$part-labels-idx1-ubyte.gz"
        $taken = [int[]]::new($Class.Length)
        $pixels = [IO.MemoryStream]::new()
        $chosen = [Collections.Generic.List[byte]]::new()
        for ($i = 0; $i -lt $labels.Length - 8; $i++) {
            $label = [Array]::IndexOf($Class, $labels[8 + $i])
            if ($label -ge 0 -and $taken[$label] -lt $Count[$part]) {
                $taken[$label]++
                $pixels.Write($images, 16 + 784 * $i, 784)
                $chosen.Add([byte] $label)
            }
        }
        $number = Get-BigEndian $chosen.Count
        $side = Get-BigEndian 28
        Write-GZip "$Folder/$part-images-idx3-ubyte.gz" ((Get-BigEndian 2051) + $number + $side + $side + $pixels.ToArray())
        Write-GZip "$Folder/$part-labels-idx1-ubyte.gz" ((Get-BigEndian 2049) + $number + $chosen.ToArray())
    }
}

Export-Sample "$Path/fashion-shoes" (7, 9) @{ train = 100; t10k = 500 }
Set-Content "$Path/fashion-shoes/classes.txt" 'Sneaker', 'Ankle boot'
Export-Sample "$Path/fashion-sample" (0..9) @{ train = 100; t10k = 100 }
