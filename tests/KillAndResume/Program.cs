using System.Globalization;
using PSTransfer.KillAndResume;

// [KILLS [SEED]]: the campaign; train FOLDER: the run that is killed, in this process.
switch (args)
{
    case ["train", var folder]:
        Job.Run(folder);
        return 0;
    case [] or [_] or [_, _]:
        var numbers = args.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new Campaign(numbers.Length > 1 ? numbers[1] : 1).Run(numbers.Length > 0 ? numbers[0] : 50) ? 0 : 1;
    default:
        Console.Error.WriteLine("usage: run.sh [KILLS] [SEED]");
        return 2;
}
