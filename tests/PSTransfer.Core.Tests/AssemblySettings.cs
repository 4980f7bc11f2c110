using PSTransfer.Core.Tests;
using Xunit.Sdk;
using Xunit.v3;

// libtorch's thread count, its tensor count and the default generator belong to the process.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(LoadedLibTorch))]

namespace PSTransfer.Core.Tests;

/// <summary>
/// Loads libtorch as Core does, before any test: a class that calls TorchSharp first would load it without the cure for hidden caches,
/// and some convolutions would be wrong on a machine that hides them.
/// </summary>
public sealed class LoadedLibTorch
{
    public LoadedLibTorch() => LibTorch.EnsureLoaded();
}
