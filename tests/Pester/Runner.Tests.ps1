# What the subset runner must have in common with Pester 5; passes under Pester itself too.
BeforeDiscovery {
    $sizes = @{ Size = 1; Name = 'one' }, @{ Size = 2; Name = 'two' }
}

BeforeAll {
    $outer = 'from the file'
    function Get-Twice($Value) { 2 * $Value }
}

Describe 'Scopes' {
    $discovered = 'only while tests are collected'
    BeforeAll { $inner = 'from the block'; $count = @{ Each = 0 } }
    BeforeEach { $each = ++$count.Each }

    It 'sees what BeforeAll of the file and of the block set' {
        $outer | Should -Be 'from the file'
        $inner | Should -Be 'from the block'
    }
    It 'sees functions of BeforeAll' { Get-Twice 3 | Should -Be 6 }
    It 'does not see variables of discovery' { $discovered | Should -BeNullOrEmpty }
    It 'has what BeforeEach set' {
        $each | Should -Be 4
        $inner = 'changed here only'
    }
    It 'keeps changes to itself' { $inner | Should -Be 'from the block' }
    It 'knows its own file' {
        $PSScriptRoot | Should -Exist
        $PSCommandPath | Should -BeLike '*Runner.Tests.ps1'
    }
    Context 'nested' {
        BeforeAll { $inner = 'overridden' }
        It 'sees the nearest value' { $inner | Should -Be 'overridden' }
    }
    It 'is not changed by a nested block' { $inner | Should -Be 'from the block' }
}

Describe 'Rows' {
    It 'gives <Name> the size <Size>' -ForEach $sizes {
        $Size | Should -BeIn 1, 2
        $_.Name | Should -Be $Name
    }
    It 'has <_> as $_' -ForEach 3, 4 { $_ | Should -BeGreaterThan 2 }
    It 'binds parameters' -TestCases @(@{ First = 1; Second = 2 }) {
        param($First, $Second)
        $First + $Second | Should -Be 3
    }
    Context 'of a block: <Name>' -ForEach $sizes {
        BeforeAll { $double = 2 * $Size }
        It 'are known to BeforeAll and to It' { $double | Should -Be ($Size + $Size) }
    }
}

Describe 'TestDrive' {
    BeforeAll { [IO.File]::WriteAllText("$TestDrive/kept.txt", 'x') }
    Context 'a block' {
        It 'can write' {
            [IO.File]::WriteAllText("$TestDrive/gone.txt", 'x')
            'TestDrive:/gone.txt' | Should -Exist
        }
    }
    It 'keeps what its own block wrote and loses what an inner one did' {
        "$TestDrive/kept.txt" | Should -Exist
        "$TestDrive/gone.txt" | Should -Not -Exist
    }
}

Describe 'Skipping' {
    It 'skips by parameter' -Skip -Tag 'shows that -Skip works' { 1 | Should -Be 2 }
    It 'skips from inside' {
        Set-ItResult -Skipped -Because 'shows that Set-ItResult works'
        1 | Should -Be 2
    }
    Context 'a block' -Skip {
        BeforeAll { throw 'BeforeAll of a skipped block must not run' }
        It 'skips all of it' { 1 | Should -Be 2 }
    }
}

Describe 'Should' {
    It 'compares without case, exactly, and arrays by element' {
        'ABC' | Should -Be 'abc'
        'ABC' | Should -BeExactly 'ABC'
        'ABC' | Should -Not -BeExactly 'abc'
        1, 2 | Should -Be @(1, 2)
        1, 2 | Should -Not -Be @(2, 1)
        @() | Should -Be $null
        $null | Should -Not -Be 0
    }
    It 'judges truth and emptiness' {
        $true | Should -BeTrue
        0 | Should -BeFalse
        '' | Should -BeNullOrEmpty
        @() | Should -BeNullOrEmpty
        @{} | Should -BeNullOrEmpty
        0 | Should -Not -BeNullOrEmpty
    }
    It 'compares numbers' {
        2 | Should -BeGreaterThan 1
        1 | Should -BeLessThan 1.5
        1 | Should -BeGreaterOrEqual 1
        1 | Should -BeLessOrEqual 1
    }
    It 'checks types, patterns and collections' {
        1 | Should -BeOfType [int]
        1 | Should -BeOfType int
        1.5 | Should -Not -BeOfType ([int])
        'resnet50' | Should -BeLike 'ResNet*'
        'resnet50' | Should -Match '^resnet\d+$'
        'a', 'b' | Should -Contain 'b'
        'a', 'b' | Should -HaveCount 2
        @() | Should -HaveCount 0
    }
    It 'catches errors' {
        { throw 'a bad thing' } | Should -Throw
        { throw 'a bad thing' } | Should -Throw '*bad*'
        { throw 'a bad thing' } | Should -Throw -ExpectedMessage 'a bad thing' -ErrorId 'a bad*'
        { throw [ArgumentException]::new('x') } | Should -Throw -ExceptionType ([ArgumentException])
        { 1 } | Should -Not -Throw
        ({ throw 'kept' } | Should -Throw -PassThru).Exception.Message | Should -Be 'kept'
    }
}
