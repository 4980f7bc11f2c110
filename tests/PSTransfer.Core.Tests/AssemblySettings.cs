using Xunit;
using Xunit.Sdk;

// libtorch's thread count, its tensor count and the default generator belong to the process.
[assembly: Parallelization(Mode = ParallelMode.None)]
