using Hawser.Transport;

namespace Hawser.Node;

/// <summary>One attempt at an address by datagrams, and beside it one by TCP, should datagrams not get through.</summary>
/// <param name="datagrams">The attempt that runs.</param>
/// <param name="request">What both ask for.</param>
/// <param name="startsAt">When TCP is to begin.</param>
/// <param name="joined">Told TCP's number.</param>
internal sealed class TcpRace(ConnectionId datagrams, ConnectRequest request, Instant startsAt, Action<ConnectionId> joined)
{
    public ConnectionId Datagrams => datagrams;

    public ConnectRequest Request => request;

    public ConnectionId? Tcp { get; private set; }

    public bool DatagramsLost { get; set; }

    public bool TcpLost { get; set; }

    /// <summary>When TCP begins; once both run and datagrams have lost, when its time is over.</summary>
    public Instant StartsAt { get; set; } = startsAt;

    public void Join(ConnectionId tcp)
    {
        (Tcp, StartsAt) = (tcp, Instant.Never);
        joined(tcp);
    }
}
