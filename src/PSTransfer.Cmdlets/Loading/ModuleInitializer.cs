using System.Management.Automation;

namespace PSTransfer.Loading;

/// <summary>Prepares the loading of the engine. PowerShell calls it at every import, before any cmdlet is touched.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    /// <inheritdoc />
    public void OnImport() => EngineContext.Enable();
}
