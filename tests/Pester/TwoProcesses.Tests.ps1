# Files that more than one process would write: each has one writer at a time, and a killed process leaves nothing locked.
BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    New-ImageFolder "$TestDrive/pets"
    $data = Import-ImageDataset "$TestDrive/pets" -ImageSize 16
    $model = New-SmallModel 2 | Set-FreezeMode Inference
    $quiet = @{ WarningAction = 'SilentlyContinue' }
    $begin = @"
        Import-Module '$([System.IO.Path]::GetFullPath("$PSScriptRoot/../../PSTransfer.psd1"))'
        . '$([System.IO.Path]::GetFullPath("$PSScriptRoot/TestData.ps1"))'
        `$data = Import-ImageDataset '$TestDrive/pets' -ImageSize 16
        `$model = New-SmallModel 2 | Set-FreezeMode Inference
"@
    [System.IO.File]::WriteAllText("$TestDrive/x.yml", @'
data: { path: pets }
backbone: { name: resnet20, inputShape: 16 }
head: { classCount: 2 }
train: { epochs: 2, batchSize: 4 }
output: results
matrix: { train.seed: [1, 2] }
'@)

    # Runs a script in a process of its own when the first epoch of a pipeline before is done.
    function Invoke-InMidRun([string] $Script) {
        process {
            if ($_ -is [System.Management.Automation.VerboseRecord] -and "$_" -like '*Epoch 1:*' -and -not $ran) {
                $ran = $true
                Invoke-NewProcess $Script
            }
            elseif ($_ -isnot [System.Management.Automation.VerboseRecord]) { $_ }
        }
    }
}

Describe 'A second process' {
    It 'is told who writes the <Parameter>, and neither loses a line' -ForEach @{ Parameter = 'LogPath' }, @{ Parameter = 'CheckpointPath' } {
        $path = @{ $Parameter = "$TestDrive/$Parameter-two" }
        $other = $null
        $result = $model | Invoke-FineTune -Dataset $data -Epochs 2 -BatchSize 4 @path -Verbose @quiet 4>&1 | Invoke-InMidRun @"
            $begin
            try { `$model | Invoke-FineTune -Dataset `$data -BatchSize 4 -$Parameter '$($path.$Parameter)' -ErrorAction Stop }
            catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }
"@
        $result[0].Output | Should -BeLike "InUse,*$Parameter-two: another run writes this*: process $PID on *another -$Parameter*"
        $result[1].History | Should -HaveCount 2
        if ($Parameter -eq 'LogPath') { [System.IO.File]::ReadAllLines($path.LogPath) | Should -HaveCount 2 }
        [System.IO.File]::Exists("$($path.$Parameter).lock") | Should -BeFalse
    }

    It 'leaves a run of an experiment that is being run to its process, and does the others' {
        $result = Invoke-Experiment "$TestDrive/x.yml" -Verbose @quiet 4>&1 | Invoke-InMidRun @"
            Import-Module '$([System.IO.Path]::GetFullPath("$PSScriptRoot/../../PSTransfer.psd1"))'
            Invoke-Experiment '$TestDrive/x.yml' -ErrorVariable bad -ErrorAction SilentlyContinue | ForEach-Object { `$_.Name; `$_.Skipped }
            `$bad.FullyQualifiedErrorId; `$bad.Exception.Message
"@
        $lines = $result[0].Output -split '\r?\n' -notmatch '^WARNING'
        $lines[0, 1] | Should -Be 'x-seed-2', 'False'
        $lines[2] | Should -BeLike 'InUse,*'
        $lines[3] | Should -BeLike "x-seed-1: process $PID on * is running this run in *results*"
        $result[1].Name | Should -Be 'x-seed-1'
        $result[2].Name | Should -Be 'x-seed-2'
        $result[2].Skipped | Should -BeTrue
        [System.IO.Directory]::GetFiles("$TestDrive/results", '*.lock', 'AllDirectories') | Should -BeNullOrEmpty
    }
}

Describe 'A process that was killed' {
    It 'leaves logs and checkpoints to the next' {
        $run = Invoke-NewProcess @"
            $begin
            `$model | Invoke-FineTune -Dataset `$data -Epochs 3 -BatchSize 4 -LogPath '$TestDrive/killed.jsonl' -CheckpointPath '$TestDrive/killed.ckpt' -Verbose 4>&1 |
                ForEach-Object { if ("`$_" -like 'Epoch 2:*') { [System.Diagnostics.Process]::GetCurrentProcess().Kill() } }
"@
        $run.ExitCode | Should -Not -Be 0
        [System.IO.File]::Exists("$TestDrive/killed.jsonl.lock") | Should -Be (-not $IsWindows) # which deletes it with the process
        $result = New-SmallModel 2 | Set-FreezeMode Inference | Invoke-FineTune -Dataset $data -Epochs 3 -BatchSize 4 -LogPath "$TestDrive/killed.jsonl" -CheckpointPath "$TestDrive/killed.ckpt" -Resume @quiet
        $result.History | Should -HaveCount 3
        [System.IO.File]::ReadAllLines("$TestDrive/killed.jsonl") | Should -HaveCount 3
        [System.IO.Directory]::GetFiles($TestDrive, 'killed*.lock') | Should -BeNullOrEmpty
    }
}
