using Hawser.Transport;

namespace Hawser.Net.Peers;

/// <summary>Whose stream it is: a connection, and the way to its endpoint.</summary>
internal interface IStreamOwner
{
    IEndpointAccess Access { get; }

    ConnectionId Connection { get; }

    /// <summary>The stream is over for us.</summary>
    void Forget(EndpointStream stream);
}
