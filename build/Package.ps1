# Makes out/PSTransfer.<version>.nupkg: a thin module for all platforms. It has no libtorch; Install-LibTorch brings that.
param([string] $Prerelease)
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$root = Split-Path $PSScriptRoot
$out = Join-Path $root out
$most = 40e6

function Get-Property([string] $Name) { (dotnet msbuild "$PSScriptRoot/package/package.csproj" "-getProperty:$Name").Trim() }

# The build's layout for this platform provides everything that is the same on all platforms.
dotnet build "$root/src/PSTransfer.Cmdlets" -t:LayOut -c Release
dotnet restore "$PSScriptRoot/package/package.csproj"
$version = Get-Property Version
$laidOut = Join-Path $out "PSTransfer/$version"
$package = Join-Path $out package/PSTransfer
if (Test-Path $package) { Remove-Item $package -Recurse -Force }
Copy-Item $laidOut $package -Recurse
Remove-Item "$package/licences/libtorch" -Recurse
Get-ChildItem "$package/bin" -Recurse -File | Where-Object {
    # The version of this package depends on the platform; PowerShell has its own.
    $_.Name -match '^System\.Security\.Cryptography\.' -or $(
        try { $null = [System.Reflection.AssemblyName]::GetAssemblyName($_.FullName); $false }
        catch [System.BadImageFormatException] { $true } # no assembly: a native library, symbols, or facts about this platform's
    )
} | Remove-Item

# Native libraries, one folder for each platform.
$cache = Get-Property NuGetPackageRoot
$skia = Get-Property SkiaSharpVersion
$torch = "$cache/torchsharp/$(Get-Property TorchSharpVersion)/runtimes"
$native = @{
    'linux-x64' = "$torch/linux-x64/native/libLibTorchSharp.so",
        "$cache/skiasharp.nativeassets.linux.nodependencies/$skia/runtimes/linux-x64/native/libSkiaSharp.so"
    'win-x64'   = "$torch/win-x64/native/LibTorchSharp.dll",
        "$cache/skiasharp.nativeassets.win32/$skia/runtimes/win-x64/native/libSkiaSharp.dll"
    'win-arm64' = "$torch/win-arm64/native/LibTorchSharp.dll",
        "$cache/skiasharp.nativeassets.win32/$skia/runtimes/win-arm64/native/libSkiaSharp.dll"
    'osx-arm64' = "$torch/osx-arm64/native/libLibTorchSharp.dylib",
        "$cache/skiasharp.nativeassets.macos/$skia/runtimes/osx/native/libSkiaSharp.dylib"
}
foreach ($platform in $native.Keys) {
    $folder = New-Item "$package/bin/Dependencies/runtimes/$platform/native" -ItemType Directory
    Copy-Item $native[$platform] $folder
}

# Edits TorchSharp's library as the build does, so that TorchSharp loads on Debian 12 and Ubuntu 22.04.
Add-Type -TypeDefinition (Get-Content "$PSScriptRoot/PatchLibTorchSharp.cs" -Raw) -CompilerOptions '-define:WITHOUT_MSBUILD'
$library = "$package/bin/Dependencies/runtimes/linux-x64/native/libLibTorchSharp.so"
$image = [System.IO.File]::ReadAllBytes($library)
$null = [PSTransfer.Build.LibTorchSharpPatch]::Apply($image)
[System.IO.File]::WriteAllBytes($library, $image)

# The manifest gets the fields that only a release has. The release notes are the version's part of the change log.
$part = "(?s)## $([regex]::Escape($version)).*?(?=\r?\n## |\z)"
$notes = (Get-Content "$root/CHANGELOG.md" -Raw) -match $part ? $Matches[0].Trim() : $(throw "CHANGELOG.md has no part on $version.")
$lines = @("            ReleaseNotes = @'", $notes, "'@")
if ($Prerelease) { $lines += "            Prerelease   = '$Prerelease'" }
$manifest = Join-Path $package PSTransfer.psd1
$text = Get-Content $manifest -Raw
$place = '(?m)^ *# build\.ps1 -Task Package adds .*$'
if ($text -notmatch $place) { throw "PSTransfer.psd1 has no line that says where its release's part belongs." }
Set-Content $manifest ([regex]::Replace($text, $place, { $lines -join "`n" })) -NoNewline
& "$PSScriptRoot/Address.ps1" $package
$null = Test-ModuleManifest $manifest

# Writes the bill of materials and the hash of each file. The build also needs libtorch and packages that PowerShell has itself; these
# aren't in the package.
Push-Location $root
$without = @($native.Keys | ForEach-Object { "libtorch-cpu-$_" }) +
    'System.Security.Cryptography.Pkcs', 'System.Security.Cryptography.ProtectedData'
dotnet tool run dotnet-CycloneDX -- "$PSScriptRoot/package/package.csproj" -o $package -fn PSTransfer.cdx.json -F Json -dpr `
    -sn PSTransfer -sv $version -st Library -ef ($without -join ',')
Pop-Location
if (Get-Command New-FileCatalog -ErrorAction Ignore) {
    $null = New-FileCatalog "$package/PSTransfer.cat" -Path $package -CatalogVersion 2.0
}
$hashes = foreach ($file in Get-ChildItem $package -Recurse -File | Sort-Object FullName) {
    $name = [System.IO.Path]::GetRelativePath($package, $file.FullName).Replace('\', '/')
    "$((Get-FileHash $file -Algorithm SHA256).Hash.ToLowerInvariant())  $name"
}
Set-Content "$package/PSTransfer.sha256" $hashes

$full = $Prerelease ? "$version-$Prerelease" : $version
Remove-Item "$out/PSTransfer.$full.nupkg" -ErrorAction Ignore
Compress-PSResource -Path $package -DestinationPath $out
$made = Get-Item "$out/PSTransfer.$full.nupkg"
if ($made.Length -gt $most) { throw "$made has $($made.Length) bytes: more than $most. What has come into it?" }
'{0}, {1:N1} MB' -f $made.FullName, ($made.Length / 1e6)
