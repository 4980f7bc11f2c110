using System.Reflection;
using System.Runtime.Loader;
using PSTransfer.Core.Native;

namespace PSTransfer.Loading;

/// <summary>
/// The engine's own load context, with PSTransfer.Core and everything in bin/Dependencies. Another module may thus load TorchSharp,
/// SkiaSharp or YamlDotNet in another version. The framework comes from the default context.
/// </summary>
internal sealed class EngineContext : AssemblyLoadContext
{
    private const string Engine = "PSTransfer.Core";

    // There is one context for the process: a second runspace, or an import after a removal, must not load libtorch and its types again.
    private static readonly Lazy<EngineContext> Instance = new(() => new EngineContext());

    private static int _enabled;

    private readonly AssemblyDependencyResolver _resolver;

    private EngineContext() : base("PSTransfer")
    {
        string bin = Path.GetDirectoryName(typeof(EngineContext).Assembly.Location)!;
        _resolver = new AssemblyDependencyResolver(Path.Combine(bin, "Dependencies", Engine + ".dll"));
    }

    /// <summary>Makes PSTransfer.Core available to code that asks for it from now on. Nothing is loaded yet.</summary>
    /// <remarks>
    /// This is never undone. Removing the module in one runspace must not take it from another. Objects that outlive their module (a model
    /// in a variable) may still meet code that binds to Core for the first time. The handler costs nothing meanwhile.
    /// </remarks>
    public static void Enable()
    {
        if (Interlocked.Exchange(ref _enabled, 1) == 0)
            Default.Resolving += (_, name) => name.Name == Engine ? Instance.Value.LoadFromAssemblyName(name) : null;
    }

    /// <summary>
    /// Loads the engine's assemblies here. The enums of parameters come from the default context, so that both sides have the same types.
    /// </summary>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name == typeof(FreezeMode).Assembly.GetName().Name ? typeof(FreezeMode).Assembly :
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <summary>
    /// Finds native libraries. TorchSharp asks for LibTorchSharp, torch_cpu and, if there is one, torch_cuda; SkiaSharp asks for
    /// libSkiaSharp. libtorch's libraries come from the folder that Core has already chosen and checked. The others lie beside the
    /// assemblies in a clone, where the resolver finds them, and in a folder per platform in the package.
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
