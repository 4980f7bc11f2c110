# Writes src/PSTransfer.Core/Native/Installing/packages.txt anew: SHA-512 and length of libtorch's package for each platform, and of each
# file that is unpacked from it. Run this when LibTorchVersion in Directory.Packages.props changes; it downloads 0.3 GB.
param([string] $PackageFolder = (Join-Path ([System.IO.Path]::GetTempPath()) 'pstransfer-libtorch'))
$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
$version = ([xml](Get-Content "$root/Directory.Packages.props" -Raw)).SelectSingleNode('//LibTorchVersion').InnerText
$unused = ([xml](Get-Content "$root/Directory.Build.targets" -Raw)).SelectSingleNode('//UnusedTorchLibraries').InnerText
$platforms = 'linux-x64', 'win-x64', 'win-arm64', 'osx-arm64'

$null = New-Item $PackageFolder -ItemType Directory -Force
@"
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup>
$($platforms | ForEach-Object { "    <PackageDownload Include=`"libtorch-cpu-$_`" Version=`"[$version]`" />`n" })  </ItemGroup>
</Project>
"@ | Set-Content "$PackageFolder/packages.csproj"
dotnet restore "$PackageFolder/packages.csproj" --packages $PackageFolder
if ($LASTEXITCODE) { throw 'The packages could not be downloaded.' }

$lines = foreach ($platform in $platforms) {
    $id = "libtorch-cpu-$platform"
    $package = Get-Item "$PackageFolder/$id/$version/$id.$version.nupkg"
    "$((Get-FileHash $package -Algorithm SHA512).Hash.ToLowerInvariant()) $($package.Length) $id.$version.nupkg"
    $files = Get-ChildItem "$PackageFolder/$id/$version/runtimes/$platform/native" | Where-Object BaseName -NotMatch $unused
    foreach ($file in $files | Sort-Object Name) {
        "$((Get-FileHash $file -Algorithm SHA512).Hash.ToLowerInvariant()) $($file.Length) $platform/$($file.Name)"
    }
}
$text = "# SHA-512, bytes and name of libtorch's packages and of the files that are unpacked from them. " +
    "build/pin-libtorch.ps1 writes this.`n"
[System.IO.File]::WriteAllText("$root/src/PSTransfer.Core/Native/Installing/packages.txt", $text + ($lines -join "`n") + "`n")
