namespace Hawser.Transport;

internal sealed partial class Endpoint
{
    /// <summary>Sends a datagram; exactly one verdict follows if it was taken.</summary>
    public SendResult Send(Moment now, ConnectionId id, ReadOnlySpan<byte> datagram)
    {
        if (!_connections.TryGetValue(id, out var attached)) return new(SendStatus.NotConnected, 0);
        var result = attached.Connection.Send(datagram);
        Touch(now, attached);
        return result;
    }

    /// <summary>Sends datagrams of one size but the last; how many were taken, and what became of the first that was not.</summary>
    public int Send(Moment now, ConnectionId id, ReadOnlySpan<byte> datagrams, int size, out SendResult result)
    {
        result = new(SendStatus.NotConnected, 0);
        if (!_connections.TryGetValue(id, out var attached)) return 0;
        var (taken, first) = (0, 0UL);
        foreach (var range in new Segments(datagrams.Length, size))
        {
            result = attached.Connection.Send(datagrams[range]);
            if (result.Status is not SendStatus.Sent) break;
            if (taken++ == 0) first = result.Sequence;
        }

        result = result with { Sequence = first };
        Touch(now, attached);
        return taken;
    }

    /// <summary>Opens a stream. The peer hears of it with its first bytes. 0, the control stream, if there is no connection.</summary>
    public uint OpenStream(Moment now, ConnectionId id) =>
        _connections.TryGetValue(id, out var attached) ? attached.Connection.OpenStream() : 0;

    /// <summary>Takes what there is room for; StreamWritable follows if that was not all.</summary>
    public int Write(Moment now, ConnectionId id, uint stream, ReadOnlySpan<byte> bytes)
    {
        if (!_connections.TryGetValue(id, out var attached)) return 0;
        var taken = attached.Connection.Write(stream, bytes);
        Touch(now, attached);
        return taken;
    }

    /// <summary>Gives what there is; StreamReadable follows if that was less than the target.</summary>
    public int Read(Moment now, ConnectionId id, uint stream, Span<byte> target) => Read(now, id, stream, target, out _);

    /// <summary>The same; also tells a proper end, which a stream that was reset or is gone never has.</summary>
    public int Read(Moment now, ConnectionId id, uint stream, Span<byte> target, out bool end)
    {
        end = false;
        if (!_connections.TryGetValue(id, out var attached)) return 0;
        var count = attached.Connection.Read(stream, target, out end);
        Touch(now, attached);
        return count;
    }

    /// <summary>All was read and no more will come. True of a stream that is gone.</summary>
    public bool IsAtEnd(ConnectionId id, uint stream) =>
        !_connections.TryGetValue(id, out var attached) || attached.Connection.IsAtEnd(stream);

    /// <summary>Sends no more on the stream, after what was written.</summary>
    public void Finish(Moment now, ConnectionId id, uint stream)
    {
        if (!_connections.TryGetValue(id, out var attached)) return;
        attached.Connection.Finish(stream);
        Touch(now, attached);
    }

    /// <summary>Gives the stream up in both directions.</summary>
    public void Reset(Moment now, ConnectionId id, uint stream)
    {
        if (!_connections.TryGetValue(id, out var attached)) return;
        attached.Connection.Reset(stream);
        Touch(now, attached);
    }

    /// <summary>Ends a connection or an attempt; Closed follows at once, the peer is told reliably.</summary>
    public void Close(Moment now, ConnectionId id, CloseReason reason)
    {
        if (_connections.TryGetValue(id, out var attached))
        {
            attached.Connection.Close(now, reason);
            Touch(now, attached);
        }
        else if (_attempts.ContainsKey(id))
        {
            ForgetAttempt(id);
            _events.Add(new EndpointEvent.Closed(id, reason));
        }
        else
        {
            Refuse(now, id);
        }
    }

    /// <summary>This side's own address changed: peers are told, so that they follow without waiting for the old one.</summary>
    public void Move(Moment now)
    {
        foreach (var attached in _connections.Values)
        {
            attached.Connection.Move();
            Touch(now, attached);
        }
    }

    /// <summary>What the handshake left, its secrets included: for captures that are to be read.</summary>
    public Established? OriginOf(ConnectionId id) => _connections.TryGetValue(id, out var attached) ? attached.Origin : null;

    /// <summary>How a connection does; null if there is none.</summary>
    public ConnectionInfo? Describe(ConnectionId id)
    {
        if (!_connections.TryGetValue(id, out var attached)) return null;
        var (connection, origin) = (attached.Connection, attached.Origin);
        return new()
        {
            Route = connection.Route,
            PeerKey = origin.PeerKey,
            Letter = origin.Letter,
            EstablishedAt = connection.EstablishedAt,
            Exporter = origin.Secrets.Exporter,
            Rtt = connection.Rtt,
            BytesIn = connection.BytesIn,
            BytesOut = connection.BytesOut,
            PacketsIn = connection.PacketsIn,
            PacketsOut = connection.PacketsOut,
            PacketsLost = connection.PacketsLost,
            MaxDatagram = connection.MaxDatagram,
            CongestionWindow = connection.CongestionWindow,
            InFlight = connection.InFlight,
            Streams = connection.StreamCount,
            Dropped = connection.Dropped.Clone(),
        };
    }
}
