using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using PSTransfer.Core.Files;
using PSTransfer.Core.Native.Installing;
using TorchSharp;

namespace PSTransfer.Core.Native;

/// <summary>
/// Loads libtorch before the first torch call. TorchSharp would load it as well. But if that fails, TorchSharp copies all of libtorch to
/// other folders, prints to the console, and leaves a type that never initialises. Here every such failure is one error message.
/// </summary>
public static class LibTorch
{
    /// <summary>The environment variable that names a folder with another build of libtorch, such as one with CUDA.</summary>
    public const string FolderVariable = "PSTRANSFER_LIBTORCH";

    /// <summary>The version of libtorch that TorchSharp was built against; no other version works.</summary>
    public static string Version => TorchBuild.LibTorchVersion;

    private static readonly Lock Gate = new();
    private static volatile bool _loaded;
    private static PSTransferException? _failure;

    /// <summary>
    /// The absolute path of libtorch's folder. <see cref="FolderVariable"/> names it; otherwise it is this assembly's folder if libtorch is
    /// there, as in a clone. Otherwise it is the folder that Install-LibTorch fills.
    /// </summary>
    /// <exception cref="PSTransferException">There is no folder for caches, or PSTRANSFER_CACHE is no full path.</exception>
    public static string Folder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : LibTorchFolder.MissingLibrary(OwnFolder) is null ? OwnFolder : InstalledFolder;

    /// <summary>The folder where Install-LibTorch puts libtorch for this platform.</summary>
    internal static string InstalledFolder => LibTorchStore.OfUser().PathOf(Version, Platform.Current.ToString());

    internal static string OwnFolder { get; } = Path.GetDirectoryName(typeof(LibTorch).Assembly.Location)!;

    /// <summary>
    /// The folder of this platform's other native libraries. In a clone they lie beside this assembly; the package has one folder for each
    /// platform.
    /// </summary>
    public static string NativeFolder { get; } = File.Exists(Path.Combine(OwnFolder, Platform.Current.FileName("LibTorchSharp")))
        ? OwnFolder
        : Path.Combine(OwnFolder, "runtimes", Platform.Current.ToString(), "native");

    /// <summary>Loads libtorch once per process. Later calls cost next to nothing, and any thread may call.</summary>
    /// <exception cref="PSTransferException">NotAvailable: no libtorch exists for this platform, the folder holds none or another version,
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
                // Libraries that the system's loader has taken in stay loaded: a second attempt in this process would mix two versions.
                _failure = e;
                throw;
            }
            _loaded = true;
        }
    }

    /// <summary>
    /// Gives freed memory back to the system that malloc keeps for libtorch's next step. The call does nothing if libtorch isn't loaded. It
    /// takes milliseconds, and any thread may call.
    /// </summary>
    public static void ReleaseMemory() => HeapPolicy.Release();

    /// <summary>
    /// Refuses a second copy of torch_cpu, since two copies kill the process. TorchSharp loads torch_cpu from its own folder if one is
    /// there, even if another is loaded already. The module's load context answers with the chosen folder's library; the default context
    /// can't.
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
        // If there is a libtorch_cuda.so, libtorch.so needs it. Libraries that need these two by name get the loaded ones.
        NativeLoader.Load(folder, "torch");
        NativeLoader.Load(NativeFolder, "LibTorchSharp");
        // TorchSharp looks for its libraries at this point and finds the loaded ones.
        RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
    }
}
