using System.Net;

namespace PSTransfer.Core.Downloads;

/// <summary>
/// The environment's proxy, except for this machine itself: a mirror on a loopback address is asked directly, regardless of no_proxy.
/// </summary>
internal sealed class OutwardProxy : IWebProxy
{
    /// <inheritdoc/>
    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : HttpClient.DefaultProxy.GetProxy(destination);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
}
