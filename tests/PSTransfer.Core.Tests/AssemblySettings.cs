using Xunit.Sdk;
using Xunit.v3;

// libtorch's thread count, its tensor count and the default generator belong to the process.
[assembly: Parallelization(Mode = ParallelMode.None)]
