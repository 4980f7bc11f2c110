using System.Collections.Concurrent;
using PSTransfer.Core.Data.Pixels;

namespace PSTransfer.Core.Data.Sets;

/// <summary>Decodes every picture of a list once, on as many threads as there are cores, to find those that can't be read.</summary>
internal static class ImageCheck
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Decodes all pictures. Returns the error of each broken one, by its place in the list.</summary>
    /// <param name="files">The pictures.</param>
    /// <param name="report">Called on the caller's thread with how many pictures are done.</param>
    /// <param name="token">Cancels between pictures.</param>
    public static IReadOnlyDictionary<int, PSTransferException> Run(
        IReadOnlyList<string> files, Action<int>? report, CancellationToken token)
    {
        var faults = new ConcurrentDictionary<int, PSTransferException>();
        var done = 0;
        var options = new ParallelOptions { CancellationToken = token, MaxDegreeOfParallelism = Environment.ProcessorCount };
        var work = Task.Run(
            () => Parallel.For(0, files.Count, options, i =>
            {
                try
                {
                    ImageDecoder.Decode(files[i]).Dispose();
                }
                catch (PSTransferException fault)
                {
                    faults[i] = fault;
                }

                Interlocked.Increment(ref done);
            }),
            token);
        while (Task.WaitAny([work], ReportInterval) < 0)
        {
            report?.Invoke(Volatile.Read(ref done));
        }

        work.GetAwaiter().GetResult();
        report?.Invoke(files.Count);
        return new SortedDictionary<int, PSTransferException>(faults);
    }
}
