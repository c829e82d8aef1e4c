using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Rendezvous;
using Hawser.Session.Tcp;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>Connections become lines: their control stream carries the switchboard's messages.</summary>
internal sealed partial class HubMachine
{
    private const uint ControlStream = ControlChannel.Stream;

    /// <summary>A guest that asks nothing for so long goes.</summary>
    private static readonly TimeSpan GuestPatience = TimeSpan.FromSeconds(60); // hub-http.md §6

    private readonly Queue<byte[]> _messages = new();
    private Instant _guestsDue = Instant.Never;

    // Feeds what one machine tells to the other until both are quiet.
    private void Progress(Moment now)
    {
        while (TakeFromEndpoint(now) | TakeFromSwitchboard(now))
        {
        }
    }

    private bool TakeFromEndpoint(Moment now)
    {
        var any = false;
        while (_endpoint.TryTake(out var happened) || Tcp.TryTake(out happened))
        {
            any = true;
            switch (happened)
            {
                case EndpointEvent.KeyWanted wanted:
                    // A line needs no name but its key; whose it is shows at sign-on.
                    _channels.AnswerKey(now, wanted.Connection, wanted.Name.IsKey ? wanted.Name.Key : null);
                    break;
                case EndpointEvent.Requested requested when _lines.Count < _setup.MaxLines
                        && requested.Letter is HandshakeLetter.N && requested.Route.Kind is RouteKind.Udp or RouteKind.Line:
                    _channels.Accept(now, requested.Connection, []);
                    break;
                case EndpointEvent.Requested requested:
                    Refused++;
                    _channels.Refuse(now, requested.Connection);
                    break;
                case EndpointEvent.Established established: Open(now, established); break;
                case EndpointEvent.DatagramReceived packet when TcpChannels.Carries(packet.Connection) && packet.Bytes is [RelayPacket.Code, ..]:
                    Forward(now, RelayEnd.Over(new(packet.Connection.Value)), packet.Bytes);
                    break;
                case EndpointEvent.StreamReadable { Stream: ControlStream } readable: Read(now, readable.Connection); break;
                case EndpointEvent.StreamWritable { Stream: ControlStream } writable:
                    if (_lines.TryGetValue(writable.Connection, out var line)) line.Channel.Flush(now, _channels);
                    break;
                case EndpointEvent.StreamOpened opened: _channels.Reset(now, opened.Connection, opened.Stream); break;
                case EndpointEvent.StreamReset { Stream: ControlStream } reset: Break(now, reset.Connection); break;
                case EndpointEvent.Closed closed: Forget(now, closed); break;
                default: break; // other datagrams and their verdicts: nothing here speaks in them
            }
        }

        return any;
    }

    private bool TakeFromSwitchboard(Moment now)
    {
        var any = false;
        Span<byte> frame = stackalloc byte[LineMessage.MaxSize];
        while (_switchboard.TryTransmit(frame, out var id, out var length))
        {
            any = true;
            if (!_lines.TryGetValue(new(id.Value), out var line)) continue;
            if (!line.Channel.TrySend(now, _channels, frame[..length])) Break(now, line.Id);
        }

        while (_switchboard.TryTake(out var happened))
        {
            any = true;
            Line? line;
            switch (happened)
            {
                case SwitchboardEvent.SignOnWanted wanted:
                    _events.Enqueue(new HubEvent.SignOnWanted(new(wanted.Line.Value), wanted.SignOn, wanted.Member));
                    break;
                case SwitchboardEvent.Arrived arrived:
                    if (_lines.TryGetValue(new(arrived.Line.Value), out line)) (line.State, line.HasArrived) = (LineState.Present, true);
                    _events.Enqueue(new HubEvent.Arrived(new(arrived.Line.Value), arrived.Member, arrived.Observed));
                    break;
                case SwitchboardEvent.Dismissed dismissed:
                    // The node hangs up when it has read why; if it does not, it goes as a guest does.
                    if (!_lines.TryGetValue(new(dismissed.Line.Value), out line)) break;
                    line.State = LineState.Dismissed;
                    Expect(now, line);
                    break;
            }
        }

        return any;
    }

    private void Open(Moment now, EndpointEvent.Established established)
    {
        if (_channels.Describe(established.Connection) is not { } info) return;
        var line = new Line(established.Connection, established.PeerKey, established.Route.Remote);
        _lines.Add(line.Id, line);
        _switchboard.Opened(now, new(line.Id.Value), line.Member, line.Observed, info.Exporter, TcpChannels.Carries(line.Id));
        Expect(now, line);
        Read(now, line.Id);
    }

    private void Read(Moment now, ConnectionId id)
    {
        if (!_lines.TryGetValue(id, out var line)) return;
        NoticeMove(now, line);
        var sound = line.Channel.TryPull(now, _channels, _messages);
        while (_messages.TryDequeue(out var message))
        {
            if (line.State is LineState.Guest && LineMessage.TryRead(message, out var asked) && asked is LineMessage.Request)
                Expect(now, line); // to keep a line alive is not to need it
            _switchboard.Receive(now, new(id.Value), message);
        }

        if (!sound)
        {
            Break(now, id);
            return;
        }

        if (_channels.IsAtEnd(id, ControlStream)) _channels.Close(now, id, CloseReason.SelfDisconnect);
    }

    // Path validation is the transport's; whoever speaks from a proved new address is to be found there.
    private void NoticeMove(Moment now, Line line)
    {
        if (_channels.Describe(line.Id) is not { } info || info.Route.Remote == line.Observed) return;
        line.Observed = info.Route.Remote;
        _switchboard.Moved(now, new(line.Id.Value), line.Observed);
    }

    private void Break(Moment now, ConnectionId id)
    {
        Broken++;
        _channels.Close(now, id, CloseReason.ProtocolError);
    }

    private void Forget(Moment now, EndpointEvent.Closed closed)
    {
        if (!_lines.Remove(closed.Connection, out var line)) return;
        _switchboard.Closed(now, new(line.Id.Value));
        _events.Enqueue(new HubEvent.Left(line.Id, line.Member, line.HasArrived, closed.Reason));
    }

    private void Expect(Moment now, Line line)
    {
        line.Due = now.Mono + GuestPatience;
        _guestsDue = Instant.Earlier(_guestsDue, line.Due);
    }

    private void CloseIdleGuests(Moment now)
    {
        if (now.Mono < _guestsDue) return;
        _guestsDue = Instant.Never;
        foreach (var line in _lines.Values.ToArray())
        {
            if (line.State is LineState.Present) continue;
            if (_relay.IsUsedBy(now, new(line.Id.Value))) Expect(now, line); // its proof of address carries the relay
            if (line.Due <= now.Mono) _channels.Close(now, line.Id, CloseReason.SelfDisconnect);
            else _guestsDue = Instant.Earlier(_guestsDue, line.Due);
        }
    }

    private sealed class Line(ConnectionId id, DhPublicKey member, HostPort observed)
    {
        public ConnectionId Id => id;

        public DhPublicKey Member => member;

        public HostPort Observed { get; set; } = observed;

        public LineState State { get; set; } = LineState.Guest;

        /// <summary>Whether its arrival was told; its leaving then is, too.</summary>
        public bool HasArrived { get; set; }

        /// <summary>When it has been idle for too long, unless it is present.</summary>
        public Instant Due { get; set; }

        public ControlChannel Channel { get; } = new(id);
    }
}
