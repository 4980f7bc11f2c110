using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using PSTransfer.Core.Files;
using PSTransfer.Core.Native.Installing;
using TorchSharp;

namespace PSTransfer.Core.Native;

/// <summary>
/// Loads libtorch before the first torch call. TorchSharp would load it too, but where it can't, it copies all of libtorch about,
/// prints to the console and leaves a type that never initialises; here every such case is one sentence.
/// </summary>
public static class LibTorch
{
    /// <summary>The environment variable that names a folder with another build of libtorch, such as one with CUDA.</summary>
    public const string FolderVariable = "PSTRANSFER_LIBTORCH";

    /// <summary>The version of libtorch that TorchSharp was built against, and the only one that works.</summary>
    public static string Version => TorchBuild.LibTorchVersion;

    private static readonly Lock Gate = new();
    private static volatile bool _loaded;
    private static PSTransferException? _failure;

    /// <summary>
    /// The folder of libtorch, absolute: the one that <see cref="FolderVariable"/> names, else the one of this assembly if libtorch is
    /// there, as in a clone, else the one that Install-LibTorch fills.
    /// </summary>
    /// <exception cref="PSTransferException">There is no folder for caches, or PSTRANSFER_CACHE is no full path.</exception>
    public static string Folder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : LibTorchFolder.MissingLibrary(OwnFolder) is null ? OwnFolder : InstalledFolder;

    /// <summary>Where Install-LibTorch puts libtorch for this platform.</summary>
    internal static string InstalledFolder => LibTorchStore.OfUser().PathOf(Version, Platform.Current.ToString());

    internal static string OwnFolder { get; } = Path.GetDirectoryName(typeof(LibTorch).Assembly.Location)!;

    /// <summary>
    /// The folder of this platform's other native libraries: in a clone beside this assembly, in the package in a folder for each platform.
    /// </summary>
    public static string NativeFolder { get; } = File.Exists(Path.Combine(OwnFolder, Platform.Current.FileName("LibTorchSharp")))
        ? OwnFolder
        : Path.Combine(OwnFolder, "runtimes", Platform.Current.ToString(), "native");

    /// <summary>Loads libtorch once per process; cheap after that, safe from any thread.</summary>
    /// <exception cref="PSTransferException">NotAvailable: no libtorch for this platform, none in the folder, another version,
    /// or the system's loader refuses it.</exception>
    public static void EnsureLoaded()
    {
        if (_loaded) return;
        lock (Gate)
        {
            if (_loaded) return;
            if (_failure is not null) throw new PSTransferException(_failure.Kind, _failure.Message, _failure.Target, _failure);
            string folder = Folder;
            LibTorchFolder.CheckPlatform(Platform.Current);
            LibTorchFolder.CheckFiles(folder);
            CheckContext(folder);
            WaitPolicy.Apply();
            HeapPolicy.Apply();
            try
            {
                Load(folder);
            }
            catch (PSTransferException e)
            {
                // What the system's loader has taken in stays: a second try in this process would mix two versions.
                _failure = e;
                throw;
            }
            _loaded = true;
        }
    }

    /// <summary>
    /// Gives freed memory that is kept for libtorch's next step back to the system; nothing where libtorch isn't loaded. Takes
    /// milliseconds, safe from any thread.
    /// </summary>
    public static void ReleaseMemory() => HeapPolicy.Release();

    /// <summary>
    /// TorchSharp loads torch_cpu from its own folder if there is one, whatever is loaded already, and two of them kill the process.
    /// The module's load context answers with the other folder's; the default context can't.
    /// </summary>
    private static void CheckContext(string folder)
    {
        string own = Path.Combine(OwnFolder, Platform.Current.FileName("torch_cpu"));
        if (!PathCase.Same(folder, OwnFolder)
            && AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) == AssemblyLoadContext.Default
            && File.Exists(own))
            throw new PSTransferException(FaultKind.NotAvailable,
                $"{FolderVariable} works in the PowerShell module only: {own} is part of this program, unset the variable.", own);
    }

    private static void Load(string folder)
    {
        foreach (string needed in LibTorchFolder.LoadedFirst(folder, Platform.Current))
            NativeLoader.Load(folder, needed);
        var library = NativeLoader.Load(folder, "torch_cpu");
        LibTorchFolder.CheckLoadedVersion(library, folder);
        HiddenCaches.Mend(library);
        // libtorch.so needs libtorch_cuda.so where there is one. Libraries that need these by name get the ones already loaded.
        NativeLoader.Load(folder, "torch");
        NativeLoader.Load(NativeFolder, "LibTorchSharp");
        // TorchSharp looks for its libraries now, and finds these.
        RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
    }
}
