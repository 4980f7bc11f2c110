using System.Runtime.InteropServices;

namespace PSTransfer.Core.Tests.Native;

public class HeapPolicyTests
{
    /// <summary>Above the 32 MiB from which malloc maps every block by default, below the 64 MiB that a thread's own heap holds.</summary>
    private const int Block = 48 << 20;

    /// <summary>The bit in the word before a block of GNU's malloc that says it is a mapping of its own.</summary>
    private const long IsMapped = 2;

    [Fact]
    public void LargeBlocksStayInTheHeapUnlessTheUserDecided()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The heap is GNU malloc's on Linux only.");
        Assert.SkipWhen(HeapPolicy.IsDecidedByUser, "One of malloc's own variables is set.");
        LibTorch.EnsureLoaded();
        var block = Allocate(Block);
        Assert.NotEqual(0, block);
        try
        {
            Assert.Equal(0, Marshal.ReadInt64(block - 8) & IsMapped);
        }
        finally
        {
            Free(block);
        }

        LibTorch.ReleaseMemory();
    }

    [DllImport("libc", EntryPoint = "malloc")]
    private static extern nint Allocate(nuint bytes);

    [DllImport("libc", EntryPoint = "free")]
    private static extern void Free(nint block);
}
