using System.Reflection;
using System.Runtime.Loader;
using PSTransfer.Core.Native;

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

    /// <summary>The enums of parameters are the cmdlets' own, in the default context: one type on both sides.</summary>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name == typeof(FreezeMode).Assembly.GetName().Name ? typeof(FreezeMode).Assembly :
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <summary>
    /// TorchSharp asks for LibTorchSharp, torch_cpu and, where there is one, torch_cuda; SkiaSharp for libSkiaSharp. libtorch's libraries
    /// come from the folder that Core has chosen and checked by then. The others lie beside the assemblies in a clone, where the resolver
    /// finds them, and in a folder for each platform in the package.
    /// </summary>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string? path = (unmanagedDllName.StartsWith("torch", StringComparison.Ordinal) ? Find(LibTorch.Folder, unmanagedDllName) : null)
            ?? _resolver.ResolveUnmanagedDllToPath(unmanagedDllName)
            ?? Find(LibTorch.NativeFolder, unmanagedDllName);
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }

    private static string? Find(string folder, string name)
    {
        string[] spellings = [name, $"{name}.dll", $"{name}.so", $"{name}.dylib", $"lib{name}.so", $"lib{name}.dylib"];
        return spellings.Select(spelling => Path.GetFullPath(Path.Combine(folder, spelling))).FirstOrDefault(File.Exists);
    }
}
