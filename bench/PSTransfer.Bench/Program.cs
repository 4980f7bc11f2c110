using PSTransfer.Bench;

switch (args)
{
    case ["import"]:
        return ImportBench.Run();
    case ["import", var backbone, var file]:
        return ImportBench.Run(backbone, file);
    case ["import-memory", var backbone, var file]:
        ImportBench.PrintMemory(backbone, file);
        return 0;
    default:
        Console.Error.WriteLine("usage: import [BACKBONE FILE]");
        return 2;
}
