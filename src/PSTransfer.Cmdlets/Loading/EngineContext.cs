using System.Reflection;
using System.Runtime.Loader;

namespace PSTransfer.Loading;

/// <summary>
/// The engine's own load context: PSTransfer.Core and everything in bin/Dependencies, so that another module's TorchSharp,
/// SkiaSharp or YamlDotNet of another version is none of its business. The framework comes from the default context.
/// </summary>
internal sealed class EngineContext : AssemblyLoadContext
{
    private const string Engine = "PSTransfer.Core";

    // One for the process: two runspaces, or an import after a removal, must not load libtorch and its types a second time.
    private static readonly Lazy<EngineContext> Instance = new(() => new EngineContext());

    private static int _enabled;

    private readonly AssemblyDependencyResolver _resolver;

    private EngineContext() : base("PSTransfer")
    {
        string bin = Path.GetDirectoryName(typeof(EngineContext).Assembly.Location)!;
        _resolver = new AssemblyDependencyResolver(Path.Combine(bin, "Dependencies", Engine + ".dll"));
    }

    /// <summary>From now on, who asks for PSTransfer.Core gets it; nothing is loaded yet.</summary>
    /// <remarks>
    /// Never undone. Removing the module in one runspace must not take it from another, and objects that outlive their module
    /// (a model in a variable) may still meet code that binds to Core for the first time. The handler costs nothing meanwhile.
    /// </remarks>
    public static void Enable()
    {
        if (Interlocked.Exchange(ref _enabled, 1) == 0)
            Default.Resolving += (_, name) => name.Name == Engine ? Instance.Value.LoadFromAssemblyName(name) : null;
    }

    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <summary>
    /// TorchSharp asks for LibTorchSharp, torch_cpu and, where there is one, torch_cuda; SkiaSharp for libSkiaSharp. The resolver knows each
    /// platform's spelling. A folder named by PSTRANSFER_LIBTORCH, which Core has checked by then, comes first for libtorch.
    /// </summary>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string? path = _resolver.ResolveUnmanagedDllToPath(unmanagedDllName);
        if (Environment.GetEnvironmentVariable("PSTRANSFER_LIBTORCH") is { Length: > 0 } folder
            && (path is null || unmanagedDllName.StartsWith("torch", StringComparison.Ordinal)))
        {
            string[] spellings = [unmanagedDllName, $"{unmanagedDllName}.dll", $"lib{unmanagedDllName}.so", $"lib{unmanagedDllName}.dylib"];
            path = spellings.Select(spelling => Path.GetFullPath(Path.Combine(folder, spelling))).FirstOrDefault(File.Exists) ?? path;
        }
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }
}
