using System.Runtime.InteropServices;

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

    [Theory]
    [InlineData("linux", "GOMP_SPINCOUNT", "1000")]
    [InlineData("win", "KMP_BLOCKTIME", "1")]
    [InlineData("osx", "KMP_BLOCKTIME", "1")]
    public void EachSystemsOpenMPHasItsOwnVariableUnlessTheUserDecided(string system, string name, string value)
    {
        Assert.Equal((name, value), WaitPolicy.Setting(system, _ => null));
        Assert.Null(WaitPolicy.Setting(system, variable => variable == name ? "7" : null));
        Assert.Null(WaitPolicy.Setting(system, variable => variable == "OMP_WAIT_POLICY" ? "ACTIVE" : null));
    }

    [Fact]
    public void AnUnknownSystemIsLeftAlone() => Assert.Null(WaitPolicy.Setting("other", _ => null));

    [DllImport("libc", EntryPoint = "getenv")]
    private static extern nint NativeVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
