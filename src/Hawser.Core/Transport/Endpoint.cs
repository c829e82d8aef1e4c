using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>All connections of one UDP socket, those that were asked for and those that ask. Spec: transport.md.</summary>
internal sealed partial class Endpoint : IDatagramMachine, IMachine<EndpointEvent>, IChannels, ICidTable
{
    private const int SmallTable = 64;
    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(30);

    private readonly IEntropy _entropy;
    private readonly ConnectOptions _options;
    private readonly ConnectHost _host;
    private readonly KeyStock _keys;
    private readonly EventQueue _events = new();
    private readonly Dictionary<ConnectionId, Attached> _connections = [];
    private readonly Dictionary<(ulong NonceI, ulong NonceH), Attached> _byNonces = [];
    private readonly Queue<Attached> _ready = new();
    private readonly PriorityQueue<Attached, Instant> _alarms = new();
    private readonly Dictionary<ulong, Attached> _newest = []; // connection of each peer, by the start of its key
    private ulong _lastId;
    private ulong _lastIdSeen; // when the tables were looked at last
    private Instant _trimAt;

    public Endpoint(Moment now, IEntropy entropy, ConnectOptions options)
    {
        (_entropy, _keys) = (entropy, new(entropy));
        _options = options with { Key = options.Key.Remembering(), DrawCid = DrawCid, DrawKey = _keys.Take };
        _host = new(now, entropy, _options);
    }

    /// <summary>The host side of the connect phase: its IDs, response data, introductions, counts of drops.</summary>
    public ConnectHost Host => _host;

    /// <summary>Told of every change of a connection's state, for who checks them against the page.</summary>
    public Action<ConnectionId, ConnectionState, ConnectionState>? Watch { get; set; }

    /// <summary>Told what each handshake left, its secrets included: for captures that are to be read.</summary>
    public Action<Established>? WatchSecrets { get; set; }

    /// <summary>Packets that no connection or attempt took. Each connection counts its own.</summary>
    public DropCounts Dropped { get; } = new();

    public Instant NextWakeup
    {
        get
        {
            var next = _alarms.TryPeek(out _, out var first) ? first : Instant.Never;
            foreach (var attempt in _attempts.Values) next = Instant.Earlier(next, attempt.NextWakeup);
            return Instant.Earlier(Instant.Earlier(next, _keys.NextWakeup), _host.NextWakeup);
        }
    }

    public void Tick(Moment now)
    {
        if (_host.NextWakeup <= now.Mono)
        {
            _host.Tick(now);
            HearHost(now);
        }

        else
        {
            _host.TurnEpoch(now);
        }

        TickAttempts(now);
        Trim(now.Mono);
        _keys.Tick(now.Mono);
        while (_alarms.TryPeek(out var attached, out var due) && due <= now.Mono)
        {
            _alarms.Dequeue();
            if (attached.AlarmAt != due) continue; // another one was set since
            attached.AlarmAt = Instant.Never;
            attached.Connection.Tick(now);
            Touch(now, attached);
        }
    }

    /// <summary>Takes a datagram of the handshake or of a connection.</summary>
    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        switch (datagram)
        {
            case [0 or 3, ..]:
                _host.Receive(now, from, datagram);
                HearHost(now);
                break;
            case [1 or 2 or 4, _, _, _, _, _, _, _, _, ..]: ReceiveAttempt(now, from, datagram); break;
            case [ClosePacket.Kind, ..]: ReceiveClose(now, datagram); break;
            case [>= 0x80, ..]:
                if (Find(from, datagram) is { } attached)
                {
                    attached.Connection.Receive(now, from, datagram);
                    Touch(now, attached);
                }
                else
                {
                    Dropped.Add(DropReason.UnknownConnection);
                }

                break;
            default: Dropped.Add(DropReason.Malformed); break;
        }
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        if (_host.TryTransmit(now, buffer, out transmit)) return true;
        foreach (var attempt in _attempts.Values)
        {
            if (attempt.TryTransmit(now, buffer, out transmit)) return true;
        }

        while (_ready.TryPeek(out var next))
        {
            if (next.Connection.TryTransmit(now, buffer, out transmit))
            {
                if (_ready.Count > 1) _ready.Enqueue(_ready.Dequeue()); // turn by turn
                return true;
            }

            _ready.Dequeue();
            next.IsReady = false;
            SetAlarm(next);
            ForgetIfGone(next);
        }

        return false;
    }

    public bool TryTake([NotNullWhen(true)] out EndpointEvent? happened) => _events.TryTake(out happened);

    /// <summary>Takes all events at once, as values. Who uses this does not use TryTake.</summary>
    public bool TrySwapEvents(ref EventBatch batch) => _events.TrySwap(ref batch);

    private void ReceiveClose(Moment now, Span<byte> datagram)
    {
        if (!ClosePacket.TryRead(datagram, out var header)) Dropped.Add(DropReason.Malformed);
        else if (_byNonces.TryGetValue((header.NonceI, header.NonceH), out var attached))
        {
            attached.Connection.ReceiveClose(now, header, datagram);
            Touch(now, attached);
        }
        else
        {
            Dropped.Add(DropReason.UnknownConnection);
        }
    }

    // A peer that connects anew may have died meanwhile: then the connection that it had is of no use to anybody.
    private void Supersede(Moment now, Attached attached)
    {
        if (_newest.TryGetValue(PlaceOf(attached.PeerKey), out var before) && before.PeerKey == attached.PeerKey)
        {
            before.Connection.Suspect(now);
            Touch(now, before);
        }

        _newest[PlaceOf(attached.PeerKey)] = attached;
    }

    private static ulong PlaceOf(in DhPublicKey key)
    {
        var bytes = key.Bytes;
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    // Something happened to the connection: it may have something to send, or another time to wake up.
    private void Touch(Moment now, Attached attached)
    {
        if (attached.HostNumber is > 0 and var number && attached.Connection.State is not ConnectionState.HalfOpen)
        {
            _host.Confirm(number);
            attached.HostNumber = 0;
            Supersede(now, attached);
        }

        if (attached.IsReady) return; // its alarm is set when all was sent
        SetAlarm(attached);
        if (ForgetIfGone(attached)) return;
        attached.IsReady = true;
        _ready.Enqueue(attached);
    }

    private void SetAlarm(Attached attached)
    {
        var due = attached.Connection.NextWakeup;
        if (due >= attached.AlarmAt) return; // the earlier alarm will look again
        attached.AlarmAt = due;
        _alarms.Enqueue(attached, due);
    }

    private bool ForgetIfGone(Attached attached)
    {
        var connection = attached.Connection;
        if (connection.State is not ConnectionState.Gone) return false;
        if (!_connections.Remove(connection.Id)) return true;
        ForgetCids(attached);
        if (_newest.TryGetValue(PlaceOf(attached.PeerKey), out var newest) && newest == attached) _newest.Remove(PlaceOf(attached.PeerKey));
        _byNonces.Remove((connection.NonceI, connection.NonceH));
        connection.Dispose();
        return true;
    }

    // Tables double when they are full. When nobody has come for a while they will not grow soon: then they are to be no
    // larger than what is in them.
    private void Trim(Instant now)
    {
        if (now < _trimAt) return;
        _trimAt = now + TrimInterval;
        var isQuiet = _lastId == _lastIdSeen;
        _lastIdSeen = _lastId;
        if (!isQuiet) return;
        Trim(_connections);
        Trim(_byNonces);
        Trim(_newest);
        Trim(_byCid);
        Trim(_byRoute);
        Trim(_idsOfHost);
        Trim(_numbersOfHost);
        _alarms.TrimExcess();
        _ready.TrimExcess();
    }

    private static void Trim<TKey, TValue>(Dictionary<TKey, TValue> table)
        where TKey : notnull
    {
        if (table.Capacity > table.Count + (table.Count / 8) + SmallTable) table.TrimExcess();
    }

    /// <summary>A connection and its place in the endpoint's lists. What the handshake left is not kept: its secrets are in it.</summary>
    private sealed class Attached(Connection connection, Established origin)
    {
        public Connection Connection => connection;

        public DhPublicKey PeerKey { get; } = origin.PeerKey;

        public HandshakeLetter Letter { get; } = origin.Letter;

        public Bytes32 Exporter { get; } = origin.Secrets.Exporter;

        /// <summary>Of a host's attempt until the first sealed packet came; then 0.</summary>
        public long HostNumber { get; set; }

        public bool IsReady { get; set; }

        public Instant AlarmAt { get; set; } = Instant.Never;
    }
}
