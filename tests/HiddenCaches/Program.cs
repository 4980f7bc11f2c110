using System.Diagnostics;
using PSTransfer.Core.Native;
using PSTransfer.HiddenCaches;

// prepare LIBTORCH FOLDER: the edited copy; suite: every case in a process of its own; train NAME: one case, in this process.
switch (args)
{
    case ["prepare", var libtorch, var folder]:
        if (HiddenCaches.Prepare(Path.GetFullPath(libtorch), folder) is { } reason)
            Console.WriteLine($"skipped: {reason}.");
        return 0;
    case ["suite"]:
        if (Run(Suite.Control) == 0)
        {
            Console.WriteLine($"skipped: a plain {Suite.Control} trains here, so this machine can't show what hidden caches do.");
            return 0;
        }
        int failures = 0;
        foreach (string name in Suite.Cases.Keys)
        {
            int code = Run(name);
            Console.WriteLine(code == 0 ? $"ok: {name}" : $"FAILED with exit code {code}: {name}");
            if (code != 0) failures++;
        }
        Console.WriteLine($"{Suite.Cases.Count - failures} of {Suite.Cases.Count} train under hidden caches.");
        return failures == 0 ? 0 : 1;
    case ["train", var name]:
        LibTorch.EnsureLoaded();
        if (name == Suite.Control) Suite.RunControl();
        else Suite.Cases[name]();
        return 0;
    default:
        Console.Error.WriteLine("usage: run.sh [command ...]");
        return 2;
}

static int Run(string name)
{
    using var child = Process.Start(Environment.ProcessPath!, ["train", name]);
    child.WaitForExit();
    return child.ExitCode;
}
