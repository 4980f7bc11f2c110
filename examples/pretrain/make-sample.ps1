<#
Makes assets/fashion-shoes: Fashion-MNIST's sneakers and ankle boots as small IDX files, the first 100 of each class for training
and the first 500 of each for testing.

    dotnet run --project src/PSTransfer.Host -c Release -- examples/pretrain/make-sample.ps1
#>
param(
    [string] $DataPath = '/usr/share/datasets/fashion-mnist',
    [string] $Path = "$PSScriptRoot/../../assets/fashion-shoes"
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

[void] [IO.Directory]::CreateDirectory($Path)
foreach ($part in @{ Name = 'train'; Count = 100 }, @{ Name = 't10k'; Count = 500 }) {
    $images = Read-GZip "$DataPath/$($part.Name)-images-idx3-ubyte.gz"
    $labels = Read-GZip "$DataPath/$($part.Name)-labels-idx1-ubyte.gz"
    $taken = @{ 7 = 0; 9 = 0 }
    $pixels = [IO.MemoryStream]::new()
    $chosen = [Collections.Generic.List[byte]]::new()
    for ($i = 0; $i -lt $labels.Length - 8; $i++) {
        $label = [int] $labels[8 + $i]
        if ($taken.ContainsKey($label) -and $taken[$label] -lt $part.Count) {
            $taken[$label]++
            $pixels.Write($images, 16 + 784 * $i, 784)
            $chosen.Add([byte] ($label -eq 9))
        }
    }
    $count = $chosen.Count
    Write-GZip "$Path/$($part.Name)-images-idx3-ubyte.gz" ((Get-BigEndian 2051) + (Get-BigEndian $count) + (Get-BigEndian 28) + (Get-BigEndian 28) + $pixels.ToArray())
    Write-GZip "$Path/$($part.Name)-labels-idx1-ubyte.gz" ((Get-BigEndian 2049) + (Get-BigEndian $count) + $chosen.ToArray())
}
[IO.File]::WriteAllText("$Path/classes.txt", "Sneaker`nAnkle boot`n")
