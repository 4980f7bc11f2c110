using System.Diagnostics;

namespace PSTransfer.Core.Tests.Native;

/// <summary>
/// What the build takes of the packages' native files, asked of its own target with the names that the packages for Windows have.
/// </summary>
public sealed class ModuleFilesTests
{
    [Fact]
    public async Task DebugSymbolsAndWhatNothingLoadsStayOutOfTheModule()
    {
        using var folder = new TempFolder();
        var project = folder.File("PSTransfer.Core.proj"); // the name counts
        await File.WriteAllTextAsync(
            project,
            """
            <Project>
              <PropertyGroup><RepositoryRoot>ROOT/</RepositoryRoot><ModuleBin>ROOT/bin/</ModuleBin></PropertyGroup>
              <ItemGroup>
                <NativeCopyLocalItems Include="torch_cpu.dll;c10.dll;libiomp5md.dll;libiompstubs5md.dll;torch_cpu.pdb" NuGetPackageId="libtorch-cpu-win-x64" />
                <NativeCopyLocalItems Include="libSkiaSharp.dll;libSkiaSharp.pdb" NuGetPackageId="SkiaSharp.NativeAssets.Win32" />
              </ItemGroup>
              <Import Project="ROOT/Directory.Build.targets" />
            </Project>
            """.Replace("ROOT", Repository.Root, StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        using var build =
            Process.Start(new ProcessStartInfo(
                "dotnet",
                ["msbuild", project, "-t:FindTorchLibraries", "-getItem:NativeCopyLocalItems"]) { RedirectStandardOutput = true })!;
        var output = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(build.ExitCode == 0, output);
        Assert.Equal(
            ["c10.dll", "libSkiaSharp.dll", "libiomp5md.dll", "torch_cpu.dll"],
            JsonElement.Parse(output)
                .GetProperty("Items")
                .GetProperty("NativeCopyLocalItems")
                .EnumerateArray()
                .Select(item => item.GetProperty("Identity").GetString())
                .Order(StringComparer.Ordinal));
    }
}
