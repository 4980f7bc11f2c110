namespace PSTransfer.Core.Tests.Native;

/// <summary>
/// What macOS' loader would find, by the load commands of the packages' libraries (macos/load-commands.txt; load_commands.py beside it has
/// read them). A library that is needed is found by the name under which one is loaded already, else by a path in a folder that it names.
/// </summary>
public sealed class MacLibrariesTests
{
    private const string Folder = "/module/bin/Dependencies";

    private static readonly Platform Mac = new("osx", "arm64", false);

    private static Dictionary<string, Dictionary<string, string[]>> Libraries { get; } = Read();

    [Fact]
    public void EachLibraryFindsAllThatItNeedsInTheOrderInWhichTheyAreLoaded()
    {
        var folder = Present("omp", "c10", "torch_cpu", "torch", "LibTorchSharp");
        try
        {
            Assert.Empty(Load([.. LibTorchFolder.LoadedFirst(folder, Mac), "torch_cpu", "torch", "LibTorchSharp"]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The fault that this order mends: so it is the order that does it, and the simulation sees the fault.</summary>
    [Fact]
    public void TorchCpuAloneFindsNeitherC10NorOpenMP() => Assert.Equal(
        ["libtorch_cpu.dylib needs /opt/homebrew/opt/libomp/lib/libomp.dylib", "libtorch_cpu.dylib needs @rpath/libc10.dylib"],
        Load(["torch_cpu"]));

    [Fact]
    public void AFolderWithoutOpenMPLeavesThatToTheSystem()
    {
        var folder = Present("c10", "torch_cpu", "torch");
        try
        {
            Assert.Equal(["c10"], LibTorchFolder.LoadedFirst(folder, Mac));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("linux")]
    [InlineData("win")]
    public void ElsewhereTorchCpuFindsAllByItself(string system) =>
        Assert.Empty(LibTorchFolder.LoadedFirst(LibTorch.OwnFolder, new Platform(system, "x64", false)));

    /// <summary>Another version of TorchSharp brings other libraries, which are to be read anew.</summary>
    [Fact]
    public void TheCommandsAreThoseOfTheVersionsInUse() => Assert.Equal(
        [$"# libtorch-cpu-osx-arm64 {LibTorch.Version}", $"# torchsharp {typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3)}"
        ],
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "macos", "load-commands.txt"))
            .Where(line => line.StartsWith('#')));

    /// <summary>The table of docs/install.md names the highest of these versions.</summary>
    [Theory]
    [InlineData("libLibTorchSharp.dylib", "15.0")]
    [InlineData("libomp.dylib", "14.0")]
    [InlineData("libtorch_cpu.dylib", "11.0")]
    public void TheLeastMacOSIsTheOneThatIsTold(string library, string version) => Assert.Equal([version], Libraries[library]["macos"]);

    /// <summary>What couldn't be found, if the libraries of a folder are loaded by their paths, one after the other.</summary>
    private static List<string> Load(IEnumerable<string> order)
    {
        HashSet<string> loaded = [];
        List<string> missing = [];
        foreach (var library in order)
        {
            Take(Mac.FileName(library));
        }

        return missing;

        void Take(string file)
        {
            if (!loaded.Add($"{Folder}/{file}"))
            {
                return;
            }

            var commands = Libraries[file];
            foreach (var needed in commands["needs"]
                .Where(needed =>
                    !needed.StartsWith("/usr/lib/", StringComparison.Ordinal) && !needed.StartsWith("/System/", StringComparison.Ordinal)))
            {
                var paths = needed.StartsWith("@rpath/", StringComparison.Ordinal)
                    ? commands
                        .GetValueOrDefault("rpath", [])
                        .Select(path =>
                            needed.Replace(
                                "@rpath", path.Replace("@loader_path", Folder, StringComparison.Ordinal), StringComparison.Ordinal))
                    : [needed];
                if (!loaded.Contains(needed) && paths.FirstOrDefault(IsThere) is { } path)
                {
                    Take(Path.GetFileName(path));
                }
                else if (!loaded.Contains(needed))
                {
                    missing.Add($"{file} needs {needed}");
                }
            }

            loaded.Add(commands["name"].Single());
        }

        static bool IsThere(string path) =>
            Path.GetDirectoryName(path)?.Replace('\\', '/') == Folder && Libraries.ContainsKey(Path.GetFileName(path));
    }

    private static string Present(params string[] libraries)
    {
        var folder = Directory.CreateTempSubdirectory("pstransfer-").FullName;
        foreach (var library in libraries)
        {
            File.WriteAllBytes(Path.Combine(folder, Mac.FileName(library)), []);
        }

        return folder;
    }

    private static Dictionary<string, Dictionary<string, string[]>> Read()
    {
        Dictionary<string, List<(string Kind, string Value)>> found = [];
        List<(string, string)> commands = [];
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "macos", "load-commands.txt")))
        {
            if (line.StartsWith('#'))
            {
                continue; // the package
            }

            if (!line.StartsWith(' '))
            {
                found[line] = commands = [];
            }
            else
            {
                var words = line.Trim().Split(' ', 2);
                commands.Add((words[0], words[1]));
            }
        }

        return found.ToDictionary(
            library => library.Key,
            library =>
                library.Value
                    .GroupBy(command => command.Kind)
                    .ToDictionary(kind => kind.Key, kind => kind.Select(command => command.Value).ToArray()));
    }
}
