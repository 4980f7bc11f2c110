BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
}

Describe 'Get-ComputeDevice' {
    It 'lists the CPU first, with its threads and memory' {
        $cpu = @(Get-ComputeDevice)[0]
        $cpu.Name | Should -BeExactly 'cpu'
        $cpu.Type | Should -BeExactly 'CPU'
        $cpu.Available | Should -BeTrue
        $cpu.Threads | Should -BeGreaterThan 0
        $cpu.MemoryBytes | Should -BeGreaterThan 100MB
    }

    It 'says of GPUs whether they can be used' {
        $gpus = @(Get-ComputeDevice | Where-Object Type -EQ CUDA)
        $gpus.Count | Should -BeGreaterThan 0
        foreach ($gpu in $gpus) { $gpu.Available | Should -BeOfType 'bool' }
    }

    It 'names what New-Backbone takes' {
        foreach ($device in Get-ComputeDevice | Where-Object Available) {
            (New-Backbone resnet20 -Device $device.Name -WarningAction SilentlyContinue).Device | Should -BeExactly $device.Name
        }
    }
}
