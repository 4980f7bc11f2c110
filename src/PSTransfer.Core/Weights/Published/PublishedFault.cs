using PSTransfer.Core.Downloads;

namespace PSTransfer.Core.Weights.Published;

/// <summary>The errors of weights by name: each says where the file belongs, where it is to be had, what it must be, and what to do.</summary>
internal sealed class PublishedFault(PublishedWeights weights, string path, Uri address) : IDownloadFault
{
    /// <summary>It can't be had.</summary>
    public PSTransferException Unavailable(string reason, Exception? inner = null) => new(
        FaultKind.NotAvailable,
        $"{path}: the weights can't be downloaded: {Secrets.Masked(reason)}. {Facts} Try again (what has come is kept), check the "
        + $"network and the variables https_proxy and {Mirror.Variable}, or fetch the file on another machine and put it there by hand, "
        + "under that name.",
        path,
        inner);

    /// <summary>What came isn't it.</summary>
    public PSTransferException Refused(string reason) => new(
        FaultKind.InvalidData,
        $"{path}: what was downloaded is not what was published: {Secrets.Masked(reason)}. {Facts} Nothing of it was kept. Is there a "
        + $"proxy, a mirror ({Mirror.Variable}) or a sign-in page on the way? Otherwise fetch the file on another machine and put it "
        + "there by hand, under that name.",
        path);

    /// <summary>What lies there isn't it.</summary>
    public PSTransferException Wrong(string reason, Exception? inner = null) => new(
        FaultKind.InvalidData,
        $"{path}: this is not the file that was published: {Secrets.Masked(reason)}. {Facts} Remove it, then it is downloaded; or put "
        + "the right one there, under that name.",
        path,
        inner);

    private string Facts => $"Address: {Secrets.Masked(address.ToString())} Expected: {weights.Expected}.";
}
