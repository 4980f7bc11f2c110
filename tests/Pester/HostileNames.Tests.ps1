# Names full of characters that a terminal obeys, through every cmdlet: none of them comes out in a view, a message or a report.
# Bell, C1, directions, zero widths and line separators stand for the rest; PowerShell's own views of files aren't ours.
BeforeAll {
    . "$PSScriptRoot/TestData.ps1"
    $script = @'
Import-Module "$env:PSTRANSFER_TEST_ROOT/PSTransfer.psd1"
. "$env:PSTRANSFER_TEST_ROOT/tests/Pester/TestData.ps1"
$TestDrive = $env:PSTRANSFER_TEST_DRIVE
$evil = "x$([char]27)]0;t$([char]7)$([char]0x9b)31m$([char]0x202e)$([char]0x2066)$([char]0x200b)$([char]0xfeff)$([char]0x2028)y`r`n`tz"
$folder = "$TestDrive/$evil"
$null = [System.IO.Directory]::CreateDirectory($folder)
New-ImageFolder "$folder/pets" -Class "a$evil", "b$evil"
[System.IO.File]::Copy("$folder/pets/a$evil/0.bmp", "$folder/pets/a$evil/$evil.bmp")
[System.IO.File]::WriteAllText("$folder/broken$evil.png", 'no image')
[System.IO.Directory]::CreateDirectory("$folder/bad/a$evil") > $null
[System.IO.File]::WriteAllText("$folder/bad/a$evil/$evil.png", 'no image')
[System.IO.File]::Copy("$folder/pets/a$evil/0.bmp", "$folder/bad/a$evil/0.bmp")
[System.IO.File]::WriteAllText("$folder/x$evil.yml", "data: { path: pets }`nbackbone: { name: resnet20, inputShape: 8 }`nhead: { classCount: 2 }`ntrain: { epochs: 1, batchSize: 4, logPath: log }`noutput: out`nmatrix: { train.seed: [1, 2] }`n")
[System.IO.File]::WriteAllText("$folder/e$evil.yml", "`"$('a\e]0;\a')`": 1`ndata: { path: `"$('a\e]0;\a\u202e')`" }`nbackbone: `"$('\e\a\u202e')`"`ntrain: { optimizer: `"$('\e\a\u202e')`" }`n")
$data = Import-ImageDataset -LiteralPath "$folder/pets" -ImageSize 16
$model = New-SmallModel 2 | Set-FreezeMode Inference
$trapped = New-SmallModel 2 | Set-FreezeMode Legacy
$show = {
    param($what, $action)
    "##### $what" | Out-Host
    $objects = @(& $action *>&1)
    foreach ($o in $objects) {
        $o | Out-Host
        if ($o -isnot [System.Management.Automation.ErrorRecord] -and $o -isnot [System.Management.Automation.InformationalRecord]) {
            $o | Format-List | Out-Host
            $o | Format-Table | Out-Host
        }
        "$o"
        if ($o -is [System.Management.Automation.ErrorRecord]) { $o.CategoryInfo.ToString(); $o.Exception.Message }
    }
}
$cases = [ordered]@{
 import = { Import-ImageDataset -LiteralPath "$folder/pets" -ImageSize 16 -Verbose }
 importbad = { Import-ImageDataset -LiteralPath "$folder/bad" -ImageSize 16 -SkipInvalid -Verbose }
 importnone = { Import-ImageDataset -LiteralPath "$folder/none" }
 importclass = { Import-ImageDataset -LiteralPath "$folder/pets" -Class "q$evil" }
 split = { $data | Split-ImageDataset 0.5 }
 head = { New-SmallModel 2 | Add-ClassifierHead -ClassCount 2 }
 tune = { $trapped | Invoke-FineTune -Dataset $data -ValidationDataset $data -Epochs 1 -BatchSize 4 -LogPath "$folder/l$evil" -TensorBoardPath "$folder/t$evil" -CheckpointPath "$folder/c$evil" -FeatureCache "$folder/f$evil" -Verbose }
 tune2 = { $model | Invoke-FineTune -Dataset $data -Epochs 1 -BatchSize 4 -FeatureCache "$folder/f$evil" -Verbose -WhatIf }
 tune2b = { $model | Invoke-FineTune -Dataset $data -Epochs 2 -BatchSize 4 -FeatureCache "$folder/f$evil" -LogPath "$folder/l$evil" -CheckpointPath "$folder/c$evil" -Resume -Verbose }
 tune3 = { $model | Invoke-FineTune -Dataset (Import-ImageDataset -LiteralPath "$folder/bad" -ImageSize 16 3>$null) -Epochs 1 -BatchSize 4 -Verbose }
 tune4 = { $model | Invoke-FineTune -Dataset $data -LogPath "$folder/pets" }
 tune5 = { $model | Invoke-FineTune -Dataset $data -ClassWeight @{ "q$evil" = 1 } }
 tune6 = { $model | Invoke-FineTune -Dataset $data -LayerRate @{ "q$evil" = 1 } }
 freeze = { $model | Set-FreezeMode Legacy -Layer "q$evil" }
 layers = { $model | Get-ModelLayer "q$evil" }
 export = { $null = $trapped | Export-TransferModel -Path "$folder/m$evil.pst" -Verbose 4>&1 }
 exportagain = { $trapped | Export-TransferModel -Path "$folder/m$evil.pst" }
 exportwhatif = { $trapped | Export-TransferModel -Path "$folder/n$evil.pst" -WhatIf }
 importmodel = { $script:m = Import-TransferModel -LiteralPath "$folder/m$evil.pst"; $script:m }
 importwrong = { Import-TransferModel -LiteralPath "$folder/broken$evil.png" }
 copy = { Copy-TransferModel -Model $trapped }
 measure = { Measure-TransferModel -Model $trapped -Dataset $data; (Measure-TransferModel -Model $trapped -Dataset $data).Classes }
 phase = { Test-LearningPhase -Model $trapped -Dataset $data -ValidationDataset $data -Verbose }
 drift = { $trapped | Measure-BatchNormDrift -Dataset $data -Verbose }
 repair = { $trapped | Repair-BatchNorm -Dataset $data -Verbose -WhatIf; $trapped | Repair-BatchNorm -Dataset $data -Verbose -PassThru }
 find = { Find-LearningRate -Model $model -Dataset $data -Minimum 1e-3 -Maximum 0.1 -Steps 30 -Verbose }
 compare = { Compare-FreezeMode -Model $model -Dataset $data -ValidationDataset $data -Mode Legacy, Inference -Label "l$evil" -Verbose }
 predict = { Invoke-Prediction -Model $trapped -LiteralPath "$folder/pets/a$evil/$evil.bmp"; Invoke-Prediction -Model $trapped -LiteralPath "$folder/broken$evil.png"; Invoke-Prediction -Model $trapped -LiteralPath "$folder/none$evil.png" }
 feature = { Get-ImageFeature -Model $trapped -LiteralPath "$folder/pets/a$evil/$evil.bmp" }
 augment = { Show-Augmentation -Dataset $data -Augmentation Flip -Path "$folder/s$evil.png" -WhatIf; $null = Show-Augmentation -Dataset $data -Augmentation Flip -Path "$folder/s$evil.png" }
 report = { foreach ($f in 'Html', 'Markdown', 'Json') { $null = $trapped | Export-TrainingReport -Dataset $data -ValidationDataset $data -Path "$folder/r.$f" -Format $f; [System.IO.File]::ReadAllText("$folder/r.$f") } }
 weights = { New-Backbone resnet20 -Weights "$folder/broken$evil.png"; New-Backbone "q$evil" }
 testexp = { Test-Experiment -LiteralPath "$folder/e$evil.yml" -Verbose; (Test-Experiment -LiteralPath "$folder/e$evil.yml").Errors; Test-Experiment -LiteralPath "$folder/x$evil.yml" -Set "q$evil=1" }
 invokeexpbad = { Invoke-Experiment -LiteralPath "$folder/e$evil.yml" }
 invokeexp = { Invoke-Experiment -LiteralPath "$folder/x$evil.yml" -Set 'train.logPath={run}/log' -Verbose }
 invokeexp2 = { Invoke-Experiment -LiteralPath "$folder/x$evil.yml" -Set 'train.logPath={run}/log' -Verbose }
 newexp = { $null = New-Experiment "$folder/new$evil.yml"; New-Experiment "$folder/new$evil.yml" }
 install = { Install-LibTorch "$folder/none$evil"; Install-LibTorch "$folder/pets"; Install-LibTorch "$folder/broken$evil.png" -Force; Install-LibTorch "$folder/broken$evil.png" -Force -WhatIf }
 uninstall = { Uninstall-LibTorch -WhatIf }
 complete = { (TabExpansion2 "Import-ImageDataset '$folder/pets' -Class ").CompletionMatches | ForEach-Object { $_.ListItemText; $_.ToolTip; $_.CompletionText } }
}
foreach ($name in $cases.Keys) { try { & $show $name $cases[$name] } catch { "##### $name"; $_ | Out-Host; "$_"; $_.CategoryInfo.ToString() } }
'##### raw'
$path = [System.IO.Path]::GetFullPath("$folder/pets/a$evil/$evil.bmp")
"the same: $(($data.Classes -join '') -ceq "a$($evil)b$evil" -and (Invoke-Prediction -Model $trapped -LiteralPath $path).Path -ceq $path)"
'@
    if ($IsWindows) { $script = $script.Replace('"x$([char]27)]0;t$([char]7)$([char]0x9b)31m', '"x').Replace('y`r`n`tz"', 'yz"') }
    $env:PSTRANSFER_TEST_ROOT = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $env:PSTRANSFER_TEST_DRIVE = $TestDrive
    $run = Invoke-NewProcess $script
    $env:PSTRANSFER_TEST_ROOT = $env:PSTRANSFER_TEST_DRIVE = $null

    # What colours a message and a heading is PowerShell's own.
    $shown = "$($run.Output)`n$($run.Error)" -replace "`e\[[0-9;]*m" -replace '\r\n', "`n"
    $parts = @{}
    foreach ($part in $shown -split '(?m)^##### ') { $parts[($part -split '\n')[0]] += $part }
}

Describe 'Names that a terminal would obey' {
    It 'come out escaped wherever they are shown' {
        $run.ExitCode | Should -Be 0
        $leaks = @($shown -split '\n' | Where-Object { $_ -match '[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]' })
        $leaks -join "`n" | Should -BeNullOrEmpty
    }

    It 'are in the view or the message of: <_>' -ForEach 'import', 'importbad', 'importclass', 'tune', 'tune4', 'tune5', 'exportwhatif', 'exportagain', 'importmodel', 'importwrong', 'measure', 'compare', 'predict', 'feature', 'report', 'testexp', 'invokeexpbad', 'complete' {
        $parts[$_] | Should -BeLike '*\u202E*'
    }

    It 'stay as they are in properties' {
        $parts['raw'] | Should -BeLike '*the same: True*'
    }
}
