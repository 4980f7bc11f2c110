<#
Everything that is done with this repository, by name:

    pwsh -File build.ps1 -Task Test

Build    the module: the clone itself can be imported then
Test     all tests
Bench    all benchmarks in one table, in 50 minutes
Module   the module for this platform with libtorch, in out/ and as a zip
Package  out/PSTransfer.<version>.nupkg for all platforms, without libtorch, for Publish-PSResource
Docs     the reference in docs/, from the help

It runs in PowerShell 7.6. Where none is installed: dotnet tool restore; dotnet tool run pwsh -- -File build.ps1 -Task Test
#>
param(
    [ValidateSet('Build', 'Test', 'Bench', 'Module', 'Package', 'Docs')] [string] $Task = 'Build',
    # For Package: what follows the version, such as preview1. A released version has none.
    [string] $Prerelease
)
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true # dotnet's failure is ours
Set-Location $PSScriptRoot

switch ($Task) {
    Build { dotnet build -c Release }
    Test { dotnet test }
    Bench { bash bench/run.sh }
    Module { dotnet build src/PSTransfer.Cmdlets -t:Module -c Release }
    Package { & ./build/Package.ps1 -Prerelease $Prerelease }
    Docs { & ./build/Docs.ps1 }
}
