namespace Hawser.Net.Datagrams;

/// <summary>
/// Told what happens on connections, in order, one call at a time for each endpoint, by the endpoint's own thread or by
/// whoever sends. It may send, close and open streams; while it works the endpoint receives nothing, so it has to be brief.
/// </summary>
public abstract class ConnectionHandler
{
    /// <summary>The connection stands in both directions.</summary>
    public virtual void Established(Connection connection) { }

    /// <summary>A datagram came.</summary>
    /// <param name="connection">From whose peer.</param>
    /// <param name="sequence">Rises strictly; a gap is a loss.</param>
    /// <param name="bytes">Good until the call returns.</param>
    public virtual void Received(Connection connection, ulong sequence, ReadOnlySpan<byte> bytes) { }

    /// <summary>The verdict on datagrams that follow each other: each gets exactly one, in order, at the latest when the connection ends.</summary>
    /// <param name="connection">On which they were sent.</param>
    /// <param name="first">The sequence of the first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="delivered">Whether the peer has them.</param>
    public virtual void Notified(Connection connection, ulong first, int count, bool delivered) { }

    /// <summary>The connection is over; nothing follows.</summary>
    public virtual void Closed(Connection connection, ConnectionEnd reason) { }
}

/// <summary>Why a connection ended.</summary>
/// <param name="Code">0 failed puzzle, 1 self disconnect, 2 shutdown, 3 reconnecting, 4 disconnect call, 5 timeout, 6 protocol error, 7 keys spent, 8 refused; from 16 on the application's.</param>
public readonly record struct ConnectionEnd(byte Code)
{
    /// <summary>The peer went silent, or did not answer at all.</summary>
    public bool IsTimeout => Code == (byte)Transport.CloseReason.Timeout;

    /// <inheritdoc/>
    public override string ToString() => Code < (byte)Transport.CloseReason.Application
        ? ((Transport.CloseReason)Code).ToString()
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Application {Code}");
}
