# Runs test files in Pester. Each file's outcome goes into <file name>.json in -Results, and its name to the console once it is there.
param(
    [Parameter(Mandatory)] [string] $Pester,
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Results,
    [switch] $DiscoverOnly
)
Import-Module $Pester -ErrorAction Stop

# Pester fills in <Name> only when it runs a test; what is known before is the row of -ForEach.
function Expand-Title($Test) {
    $titles = for ($part = $Test; $part -and -not $part.IsRoot; $part = $part -is [Pester.Test] ? $part.Block : $part.Parent) {
        $data = $part.Data
        [regex]::Replace($part.Name, '<([\w.]+)>', {
            $value = $data
            foreach ($name in $args[0].Groups[1].Value -split '\.' -ne '' -ne '_') { $value = $value.$name }
            $null -eq $value ? $args[0].Value : "$value"
        })
    }
    [array]::Reverse($titles)
    $titles -join ' › '
}

function Get-Text($Errors) {
    ($Errors -ne $null | ForEach-Object { $_.DisplayErrorMessage ?? "$_"; $_.DisplayStackTrace }) -join "`n"
}

function Get-Message($Test) {
    $errors = @($Test.ErrorRecord)
    for ($block = $Test.Block; $block -and -not $errors; $block = $block.Parent) { $errors = @($block.ErrorRecord) }
    if ($errors) { return Get-Text $errors }
    $tags = @($Test.Tag) + @(for ($block = $Test.Block; $block; $block = $block.Parent) { $block.Tag }) -ne $null
    "-Skip $($tags -join ', ')".TrimEnd()
}

foreach ($file in Get-Item $Path -ErrorAction Stop | Sort-Object Name) {
    $run = Invoke-Pester -Configuration @{
        Run    = @{ Path = $file.FullName; PassThru = $true; SkipRun = [bool] $DiscoverOnly }
        Output = @{ Verbosity = 'None' }
    }
    $outcome = @{
        # What fails around tests fails them, but for an AfterAll, which comes after they have passed.
        Fault = Get-Text @($run.Containers.ErrorRecord; ($run.FailedBlocks | Where-Object FailedCount -EQ 0).ErrorRecord)
        Tests = @($run.Tests | ForEach-Object {
            @{ Title = Expand-Title $_; Result = "$($_.Result)"; Message = $_.Result -eq 'Passed' ? '' : (Get-Message $_) }
        })
    }
    $json = Join-Path $Results "$($file.Name).json"
    ConvertTo-Json $outcome -Depth 3 | Set-Content "$json.part"
    Move-Item "$json.part" $json
    [Console]::WriteLine($file.Name)
}
