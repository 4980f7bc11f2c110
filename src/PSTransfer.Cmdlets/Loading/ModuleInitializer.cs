using System.Management.Automation;

namespace PSTransfer.Loading;

/// <summary>Called by PowerShell at every import, before any cmdlet is touched.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    /// <inheritdoc />
    public void OnImport() => EngineContext.Enable();
}
