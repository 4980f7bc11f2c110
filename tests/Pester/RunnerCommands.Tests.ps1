# What the host and the runner lend to the bare engine must do what the real commands do: under pwsh this file tests the real ones.
BeforeDiscovery {
    $isLent = (Get-Command Select-Object).CommandType -eq 'Function'
}

Describe 'Writing' {
    It 'Write-Host writes to the information stream' {
        $lines = Write-Host a b -Separator ',' 6>&1
        "$lines" | Should -Be 'a,b'
        $lines.MessageData.NoNewLine | Should -Not -BeTrue
        (Write-Host x -NoNewline -ForegroundColor Red 6>&1).MessageData.ForegroundColor | Should -Be 'Red'
        'x', 'y' | Write-Host 6>&1 | Should -HaveCount 2
    }
    It 'Write-Output passes values on' {
        Write-Output 1 2 | Should -Be 1, 2
        3, 4 | Write-Output | Should -Be 3, 4
        @(Write-Output 5, 6 -NoEnumerate)[0] | Should -Be 5, 6
    }
    It 'Write-Warning obeys the preference' {
        Write-Warning careful 3>&1 | Should -BeOfType System.Management.Automation.WarningRecord
        Write-Warning careful -WarningAction SilentlyContinue 3>&1 | Should -BeNullOrEmpty
    }
    It 'Write-Error has message, id and category' {
        $record = Write-Error wrong -ErrorId TheId -Category InvalidData 2>&1
        $record.Exception.Message | Should -Be 'wrong'
        $record.FullyQualifiedErrorId | Should -BeLike 'TheId*'
        $record.CategoryInfo.Category | Should -Be 'InvalidData'
        { Write-Error wrong -ErrorAction Stop } | Should -Throw
    }
}

Describe 'Paths' {
    BeforeAll {
        $null = New-Item "$TestDrive/d/e" -ItemType Directory
        $null = New-Item "$TestDrive/d/f.txt" -Value hi
        [IO.File]::WriteAllText("$TestDrive/d/e/[1].txt", 'x')
    }
    It 'Join-Path joins any number' {
        Join-Path a b c | Should -Be ([IO.Path]::Combine('a', 'b', 'c'))
        'x', 'y' | Join-Path -ChildPath z | Should -HaveCount 2
    }
    It 'New-Item makes files with content and folders' {
        [IO.File]::ReadAllText("$TestDrive/d/f.txt") | Should -Be 'hi'
        "$TestDrive/d/e" | Should -Exist
    }
    It 'Test-Path knows wildcards, kinds and literal paths' {
        Test-Path "$TestDrive/d", "$TestDrive/d/f.txt", "$TestDrive/no", "$TestDrive/d/*.txt" | Should -Be $true, $true, $false, $true
        Test-Path "$TestDrive/d" -PathType Leaf | Should -BeFalse
        Test-Path "$TestDrive/d" -PathType Container | Should -BeTrue
        Test-Path "$TestDrive/d/e/[1].txt" | Should -BeFalse
        Test-Path -LiteralPath "$TestDrive/d/e/[1].txt" | Should -BeTrue
        Test-Path -LiteralPath "$TestDrive/d/e/[1].txt" -PathType Leaf | Should -BeTrue
    }
    It 'Get-ChildItem lists, filters and descends' {
        (Get-ChildItem "$TestDrive/d").Name | Should -Be 'e', 'f.txt'
        (Get-ChildItem "$TestDrive/d" -File).Name | Should -Be 'f.txt'
        (Get-ChildItem "$TestDrive/d" -Directory).Name | Should -Be 'e'
        (Get-ChildItem "$TestDrive/d" -Recurse -Filter *.txt).Name | Should -Contain '[1].txt'
        (Get-ChildItem -LiteralPath "$TestDrive/d/e/[1].txt").Length | Should -Be 1
        { Get-ChildItem "$TestDrive/no" -ErrorAction Stop } | Should -Throw '*no*'
    }
    It 'Remove-Item removes, but not with -WhatIf' {
        $null = New-Item "$TestDrive/x/y" -ItemType Directory
        Remove-Item "$TestDrive/x" -Recurse -WhatIf
        "$TestDrive/x" | Should -Exist
        Remove-Item "$TestDrive/x" -Recurse
        "$TestDrive/x" | Should -Not -Exist
        { Remove-Item "$TestDrive/x" -ErrorAction Stop } | Should -Throw '*does not exist*'
    }
}

Describe 'Select-Object' {
    It 'takes the first, the last, and skips' {
        1..5 | Select-Object -First 2 | Should -Be 1, 2
        1..5 | Select-Object -Last 2 | Should -Be 4, 5
        1..5 | Select-Object -Skip 1 -First 1 | Should -Be 2
    }
    It 'takes properties, named, by wildcard and calculated' {
        $selected = 'abc' | Select-Object Len*, Missing, @{ n = 'Upper'; e = { $_.ToUpperInvariant() } }
        $selected.PSObject.Properties.Name | Should -Be 'Length', 'Missing', 'Upper'
        $selected.Length | Should -Be 3
        $selected.Upper | Should -BeExactly 'ABC'
        'abc' | Select-Object -ExpandProperty Length | Should -Be 3
    }
    It 'fails on what it does not implement' -Skip:(-not $isLent) -Tag 'the real one implements it' {
        { 1 | Select-Object -Unique } | Should -Throw "*parameter name 'Unique'*"
    }
}

Describe 'Tables' {
    It 'Import-Csv makes an object of each row' {
        [System.IO.File]::WriteAllText("$TestDrive/t.csv", "a,b`n1,""x, y""`n`n2`n")
        $rows = Import-Csv "$TestDrive/t.csv"
        $rows | Should -HaveCount 2
        $rows[0].b | Should -BeExactly 'x, y'
        $rows[1].a | Should -BeExactly '2'
        $rows[1].b | Should -BeNullOrEmpty
        [System.IO.File]::WriteAllText("$TestDrive/t.csv", "a;b`n1;2`n")
        (Import-Csv "$TestDrive/t.csv" -Delimiter ';').b | Should -BeExactly '2'
    }
}
