using PSTransfer.Bench;

const string FashionMnist = "/usr/share/datasets/fashion-mnist"; // the folder of Debian's package
switch (args)
{
    case ["import"]:
        return ImportBench.Run();
    case ["import", var backbone, var file]:
        return ImportBench.Run(backbone, file);
    case ["import-memory", var backbone, var file]:
        ImportBench.PrintMemory(backbone, file);
        return 0;
    case ["loop"]:
        return LoopBench.Run(name: null);
    case ["loop", var line]:
        return LoopBench.Run(line);
    case ["loop-ours", var job]:
        LoopBench.RunOurs(job);
        return 0;
    case ["predict"]:
        return PredictBench.Run(count: 1000, rounds: 5);
    case ["predict", var count, var rounds]:
        return PredictBench.Run(int.Parse(count, CultureInfo.InvariantCulture), int.Parse(rounds, CultureInfo.InvariantCulture));
    case ["predict-ours", var folder]:
        PredictBench.RunOurs(folder);
        return 0;
    case ["folder"]:
        return FolderBench.Run(count: 1000, rounds: 5);
    case ["folder", var count, var rounds]:
        return FolderBench.Run(int.Parse(count, CultureInfo.InvariantCulture), int.Parse(rounds, CultureInfo.InvariantCulture));
    case ["folder-ours", var folder]:
        FolderBench.RunOurs(folder);
        return 0;
    case ["folder-once", var folder]:
        FolderBench.RunOnce(folder);
        return 0;
    case ["scale"]:
        return ScaleBench.Run(count: 10_000, rounds: 5);
    case ["scale", var count, var rounds]:
        return ScaleBench.Run(int.Parse(count, CultureInfo.InvariantCulture), int.Parse(rounds, CultureInfo.InvariantCulture));
    case ["scale-ours", var folder]:
        ScaleBench.RunOurs(folder);
        return 0;
    case ["verdicts"]:
        return VerdictBench.Run(100, FashionMnist);
    case ["verdicts", var seeds]:
        return VerdictBench.Run(int.Parse(seeds, CultureInfo.InvariantCulture), FashionMnist);
    case ["verdicts", var seeds, var folder]:
        return VerdictBench.Run(int.Parse(seeds, CultureInfo.InvariantCulture), folder);
    case ["wait"]:
        WaitBench.Run();
        return 0;
    case ["wait-ours"]:
        WaitBench.RunOurs();
        return 0;
    case ["versions"]:
        LibTorch.EnsureLoaded();
        Console.WriteLine($".NET {Environment.Version}, libtorch {LibTorch.Version}");
        return 0;
    case ["module"]:
        return ModuleBench.Run();
    case ["memory"]:
        return MemoryBench.Run();
    case ["precision"]:
        return PrecisionBench.Run();
    case ["augment"]:
        AugmentBench.Run();
        return 0;
    default:
        Console.Error.WriteLine(
            "usage: import [BACKBONE FILE] | loop [P1|P2|P3] | folder [IMAGES ROUNDS] | predict [IMAGES ROUNDS] | verdicts [SEEDS "
            + "[FOLDER]] | scale [IMAGES ROUNDS] | module | augment | precision | wait | memory | versions");
        return 2;
}
