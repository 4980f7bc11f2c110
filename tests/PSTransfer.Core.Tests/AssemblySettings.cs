using PSTransfer.Core.Native;
using PSTransfer.Core.Tests;
using TorchSharp;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// libtorch's thread count, its tensor count and the default generator belong to the process.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(OneTorchThread))]

namespace PSTransfer.Core.Tests;

/// <summary>The networks of most tests are so small that a second thread only makes them wait for it, minutes in all on a busy machine.</summary>
public sealed class OneTorchThread
{
    public OneTorchThread()
    {
        LibTorch.EnsureLoaded();
        torch.set_num_threads(1);
    }
}
