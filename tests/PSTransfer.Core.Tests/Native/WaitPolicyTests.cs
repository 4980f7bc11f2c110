using System.Runtime.InteropServices;
using PSTransfer.Core.Native;
using Xunit;

namespace PSTransfer.Core.Tests.Native;

public class WaitPolicyTests
{
    [Fact]
    public void LibtorchFindsABoundOnSpinningUnlessTheUserDecided()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads wait by GNU's OpenMP on Linux only.");
        LibTorch.EnsureLoaded();
        var own = Environment.GetEnvironmentVariable("GOMP_SPINCOUNT");
        var expected = own ?? (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null ? "1000" : null);
        Assert.Equal(expected, Marshal.PtrToStringUTF8(NativeVariable("GOMP_SPINCOUNT")));
    }

    [DllImport("libc", EntryPoint = "getenv")]
    private static extern nint NativeVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
