namespace PSTransfer.Core.Tests.Native;

public class ComputeDeviceTests
{
    [Fact]
    public void TheCpuComesFirstWithThreadsAndMemory()
    {
        var cpu = ComputeDevice.List()[0];

        Assert.Equal(("cpu", "CPU", true), (cpu.Name, cpu.Type, cpu.Available));
        Assert.Equal(torch.get_num_threads(), cpu.Threads);
        Assert.True(cpu.MemoryBytes > 1L << 28);
    }

    [Fact]
    public void EveryAvailableDeviceParsesByItsNameAndTheOthersDoNot()
    {
        foreach (var device in ComputeDevice.List())
            if (device.Available)
                Assert.Equal(device.Name == "cpu" ? DeviceType.CPU : DeviceType.CUDA, ComputeDevice.Parse(device.Name).type);
            else
                Assert.Equal(FaultKind.NotAvailable, Assert.Throws<PSTransferException>(() => ComputeDevice.Parse(device.Name)).Kind);
    }

    [Fact]
    public void CaseAndBlanksDoNotMatter() => Assert.Equal(DeviceType.CPU, ComputeDevice.Parse(" CPU ").type);

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:x")]
    [InlineData("")]
    public void AnotherNameIsRefusedWithTheNamesThereAre(string name)
    {
        var e = Assert.Throws<PSTransferException>(() => ComputeDevice.Parse(name));

        Assert.Equal(FaultKind.InvalidArgument, e.Kind);
        Assert.Equal($"There is no device called '{name}': use cpu, cuda, or cuda:N for the GPU with number N.", e.Message);
    }

    [Fact]
    public void AGpuThatIsNotThereIsRefused()
    {
        var e = Assert.Throws<PSTransferException>(() => ComputeDevice.Parse("cuda:99"));

        Assert.Equal(FaultKind.NotAvailable, e.Kind);
        Assert.StartsWith("Device 'cuda:99' isn't available: ", e.Message);
    }
}
