namespace PSTransfer.Core.Tests.Native;

public sealed class HiddenCachesTests
{
    private static readonly byte[] _code =
    [
        0x90, 0xC7, 0x47, 0x6C, 3, 0, 0, 0, 0x45, 0x31, 0xC0, 0x41, 0xBA, 0x1D, 0, 0, 0x80, 0x90, 0x0F, 0xA2
    ];

    [Fact]
    public void ThePlaceIsTheNumberOfCachesThatIsStoredBeforeTheLeafIsAsked() => Assert.Equal(4, HiddenCaches.Find(_code));

    [Theory]
    [InlineData(2)] // another register
    [InlineData(4)] // another number
    [InlineData(13)] // another leaf
    [InlineData(18)] // no CPUID
    public void OtherCodeIsLeftAlone(int changed)
    {
        byte[] other = [.. _code];
        other[changed] = 0x55;
        Assert.Equal(-1, HiddenCaches.Find(other));
    }

    [Fact]
    public void LibTorchHasThePlaceOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the code is libtorch's on Linux");
        var code = File.ReadAllBytes(Path.Combine(LibTorch.OwnFolder, "libtorch_cpu.so"));
        var place = HiddenCaches.Find(code);
        Assert.True(place > 0);
        Assert.Equal(-1, HiddenCaches.Find(code.AsSpan(place + 64)));
    }

    /// <summary>
    /// On Windows there is no other way than to switch oneDNN off, and a name that the library hasn't would refuse every model there.
    /// </summary>
    [Theory]
    [InlineData("linux-x64", "libtorch_cpu.so")]
    [InlineData("win-x64", "torch_cpu.dll")]
    public void TheLibraryOfTheSystemHasTheNamesOfTheSwitches(string platform, string library)
    {
        var system = platform.Split('-')[0];
        string[] names =
        [
            HiddenCaches.ContextName(system),
            HiddenCaches.SwitchName("setUserEnabledMkldnn", system),
            HiddenCaches.SwitchName("setUserEnabledNNPACK", system)
        ];
        Assert.Equal(
            system == "win"
                ? [
                    "?globalContext@at@@YAAEAVContext@1@XZ",
                    "?setUserEnabledMkldnn@Context@at@@QEAAX_N@Z",
                    "?setUserEnabledNNPACK@Context@at@@QEAAX_N@Z"
                ]
                : ["_ZN2at13globalContextEv", "_ZN2at7Context20setUserEnabledMkldnnEb", "_ZN2at7Context20setUserEnabledNNPACKEb"],
            names);

        var file = Path.Combine(PatchTests.Packages, $"libtorch-cpu-{platform}", LibTorch.Version, "runtimes", platform, "native", library);
        Assert.SkipUnless(File.Exists(file), $"this machine has no package of libtorch for {platform}");
        var content = File.ReadAllBytes(file);
        Assert.All(names, name => Assert.True(content.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(name + '\0')) > 0, name));
    }

    /// <summary>
    /// Where caches are hidden, each of these is far off or NaN unless libtorch was mended. In double precision oneDNN isn't asked.
    /// </summary>
    [Theory]
    [InlineData(24, 40, 3, 1, false, true)]
    [InlineData(24, 40, 3, 2, false, true)]
    [InlineData(24, 40, 5, 1, false, false)]
    [InlineData(24, 40, 1, 1, true, false)]
    [InlineData(24, 40, 7, 2, true, false)]
    [InlineData(5, 6, 3, 1, false, true)]
    [InlineData(64, 128, 3, 2, true, false)]
    [InlineData(256, 512, 1, 1, true, false)]
    [InlineData(3, 64, 7, 2, true, false)]
    public void ConvolutionsAgreeWithDoublePrecision(int inputs, int outputs, int kernel, int stride, bool channelsLast, bool backward)
    {
        LibTorch.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(1, torch.CPU);
        var x = torch.randn([8, inputs, 14, 14], generator: random);
        var weight = torch.randn([outputs, inputs, kernel, kernel], generator: random) / Math.Sqrt(inputs * kernel * kernel);
        foreach (var (actual, expected) in Run(torch.float32).Zip(Run(torch.float64)))
        {
            Assert.InRange(((actual.to(torch.float64) - expected).norm() / expected.norm()).item<double>(), 0, 1e-5);
        }

        IEnumerable<torch.Tensor> Run(torch.ScalarType type)
        {
            var (input, w) = (Ordered(x.to(type)), Ordered(weight.to(type)));
            if (!backward)
            {
                using var noGradient = torch.no_grad();
                return [torch.nn.functional.conv2d(input, w, strides: [stride, stride], padding: [kernel / 2, kernel / 2])];
            }

            (input, w) = (input.requires_grad_(true), w.requires_grad_(true));
            var y = torch.nn.functional.conv2d(input, w, strides: [stride, stride], padding: [kernel / 2, kernel / 2]);
            y.square().sum().backward();
            return [y.detach(), input.grad!, w.grad!];
        }

        torch.Tensor Ordered(torch.Tensor t) => channelsLast ? t.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : t.clone();
    }
}
