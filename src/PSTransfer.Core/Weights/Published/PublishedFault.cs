using PSTransfer.Core.Downloads;

namespace PSTransfer.Core.Weights.Published;

/// <summary>The errors for published weights. Each says where the file belongs, where to get it, what is expected and what to do.</summary>
internal sealed class PublishedFault(PublishedWeights weights, string path, Uri address) : IDownloadFault
{
    /// <summary>The error for a file that can't be downloaded.</summary>
    public PSTransferException Unavailable(string reason, Exception? inner = null) => new(
        FaultKind.NotAvailable,
        $"{path}: the weights can't be downloaded: {Secrets.Masked(reason)}. {Facts} Try again (the part that arrived is kept), check the "
        + $"network and the variables https_proxy and {Mirror.Variable}, or fetch the file on another machine and put it there by hand, "
        + "under that name.",
        path,
        inner);

    /// <summary>The error for a download that isn't the published file.</summary>
    public PSTransferException Refused(string reason) => new(
        FaultKind.InvalidData,
        $"{path}: the downloaded file is not the published one: {Secrets.Masked(reason)}. {Facts} Nothing of it was kept. Is there a "
        + $"proxy, a mirror ({Mirror.Variable}) or a sign-in page on the way? Otherwise fetch the file on another machine and put it "
        + "there by hand, under that name.",
        path);

    /// <summary>The error for a file in the cache that isn't the published one.</summary>
    public PSTransferException Wrong(string reason, Exception? inner = null) => new(
        FaultKind.InvalidData,
        $"{path}: this is not the file that was published: {Secrets.Masked(reason)}. {Facts} Remove it, and it will be downloaded; or put "
        + "the right one there, under that name.",
        path,
        inner);

    private string Facts => $"Address: {Secrets.Masked(address.ToString())} Expected: {weights.Expected}.";
}
